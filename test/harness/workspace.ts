import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { configuredJobs } from '../../src/config/configured-jobs.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { Warehouse } from '../../src/databricks/warehouse.ts';
import { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { applyJobs } from '../../src/jobs/apply-jobs.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { type EmulatorOptions, type EmulatorProcess, startEmulator } from './emulator-process.ts';
import { cleanUpRedis, testPrefix, testRedisUrl } from './redis.ts';

const REPO = join(__dirname, '..', '..');

export interface TestWorkspace {
  readonly emulator: EmulatorProcess;
  /** Environment that leads a process of ours to this workspace and to this test's part of Redis. */
  readonly env: Readonly<Record<string, string>>;
  /** The shipped configuration on this workspace, with a free port and shorter waits. */
  readonly config: Config;
  readonly client: WorkspaceClient;
  readonly warehouse: Warehouse;
  readonly tables: TableNames;
  /** Id of the job `02_process_data`. */
  readonly jobId: string;
  /** Ends everything and removes this test's keys. Call it in afterAll or afterEach. */
  stop(): Promise<void>;
}

/**
 * A workspace ready to backfill: an emulator of its own, the tables of `setup` with their rows, and the job
 * of `jobs apply`. It takes about two seconds, so a test file usually shares one.
 */
export async function startWorkspace(options: EmulatorOptions = {}): Promise<TestWorkspace> {
  const prefix = testPrefix();
  const emulator = await startEmulator(options);
  const env = {
    DATABRICKS_HOST: emulator.url,
    DATABRICKS_TOKEN: options.token ?? 'test',
    DATABRICKS_WAREHOUSE_ID: emulator.warehouseId,
    BACKFILL_CA_CERT: emulator.caFile,
    BACKFILL_CONFIG: join(REPO, 'backfill.yaml'),
    BACKFILL_PORT: '0',
    BACKFILL_REDIS_PREFIX: prefix,
    REDIS_URL: testRedisUrl(),
    BACKFILL_REQUESTS_PER_SECOND: '1000',
    LOG_LEVEL: 'info',
  };
  const config = impatient(loadConfig({ env, cwd: REPO, homeDir: '/nonexistent' }));
  const { databricks } = config;
  if (databricks === null) throw new Error('The emulator is not in the configuration.');
  const client = new WorkspaceClient(databricks);
  const { caCert } = databricks;
  const warehouse = new Warehouse({ client, warehouseId: emulator.warehouseId, caCert });
  const tables = TableNames.from(config.tables);
  const stop = async () => {
    await warehouse.close();
    await client.close();
    await emulator.stop();
    await cleanUpRedis(prefix);
  };
  try {
    await emulator.local.config({ run_duration_ms: { min: 50, max: 150 } });
    const { calendar, layout } = config.tables;
    await setUpTables({ warehouse, names: tables, calendar, layout });
    const definitions = configuredJobs(config, undefined);
    const [job] = await applyJobs({ client, definitions, notebooksDir: join(REPO, 'notebooks') });
    return { emulator, env, config, client, warehouse, tables, jobId: job?.jobId ?? '', stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

/** Waits that are right for production, shortened for tests. */
function impatient(config: Config): Config {
  return {
    ...config,
    worker: {
      ...config.worker,
      lockDurationMs: 2_000,
      stalledIntervalMs: 500,
      feedIntervalMs: 300,
      limitIntervalMs: 500,
      requestsPerSecond: 1_000,
      logFlushIntervalMs: 200,
    },
  };
}
