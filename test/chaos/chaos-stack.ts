import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Agent, fetch } from 'undici';
import { parse } from 'yaml';
import { ProductBuild } from '../../bench/product-build.ts';
import { CommandContext } from '../../bin/command-context.ts';
import { packageRoot } from '../../bin/package-root.ts';
import type { RestClient } from '../../bin/rest-client.ts';
import { ServiceProcess } from '../../bin/service-process.ts';
import { processTerminal } from '../../bin/terminal.ts';
import { applyConfiguredJobs } from '../../bin/verbs/jobs.ts';
import { setUp } from '../../bin/verbs/setup.ts';
import { WorkspaceSession } from '../../bin/workspace-session.ts';
import { KeySpace } from '../../queues/key-space.ts';
import { PlanStore } from '../../queues/plan/plan-store.ts';
import type { ReleaseStack } from '../../src/lifecycle/release-stack.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';
import type { Outages } from './outages.ts';
import { StormyRedis } from './redis-faults.ts';
import { Victims } from './victims.ts';

const PREFIX = 'chaos';
const JOB = '02_process_data';
/** `setup` fills the source up to here; a storm of 500 business days needs a few weeks more. */
const SOURCE_ENDS = '2025-11-20';

export interface ChaosStackOptions {
  /** Holds everything that the storm leaves behind. */
  readonly directory: string;
  readonly workers: number;
  readonly limit: number;
  /** `backfill.worker` of the configuration, for locks shorter than in production. */
  readonly tuning: Readonly<Record<string, string>>;
  readonly runDurationMs: { readonly min: number; readonly max: number };
  /** Whether surplus runs wait in Databricks' queue or are refused. */
  readonly queueEnabled: boolean;
}

/** Everything that a storm blows on: each its own process as in production, on loopback, nobody else's. */
export interface ChaosStack {
  readonly emulator: EmulatorProcess;
  readonly session: WorkspaceSession;
  readonly tables: TableNames;
  readonly redis: StormyRedis;
  /** A connection of ours that waits for Redis to come back. */
  readonly connection: Redis;
  readonly keys: KeySpace;
  readonly plans: PlanStore;
  readonly victims: Victims;
  readonly web: RestClient;
  readonly jobId: string;
  readonly jobName: string;
  readonly secrets: readonly string[];
  /** A call that the typed client of the product does not have. */
  deleteRun(runId: string): Promise<void>;
}

/** Starts all of it; each release is added to `releases`. */
export async function startChaosStack(
  options: ChaosStackOptions,
  outages: Outages,
  releases: ReleaseStack,
): Promise<ChaosStack> {
  const { directory } = options;
  const logDir = join(directory, 'logs');
  await mkdir(logDir, { recursive: true });
  await writeFile(join(directory, 'backfill.yaml'), await configuration(options));
  // As deployed: a worker from TypeScript sources takes twice as long to start, and storms start many.
  const build = await ProductBuild.make();
  await releases.add(() => build.remove());
  const script = build.command;
  const redis = await StormyRedis.start(join(directory, 'redis'), outages);
  await releases.add(() => redis.stop());
  const token = `dapi${randomBytes(16).toString('hex')}`;
  const emulator = await startEmulator({ token });
  await releases.add(() => emulator.stop());
  await emulator.local.config({ run_duration_ms: options.runDurationMs, start_delay_ms: 50 });

  const apiToken = `operator-${randomBytes(16).toString('hex')}`;
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    DATABRICKS_HOST: emulator.url,
    DATABRICKS_TOKEN: token,
    DATABRICKS_WAREHOUSE_ID: emulator.warehouseId,
    BACKFILL_CA_CERT: emulator.caFile,
    REDIS_URL: redis.url,
    BACKFILL_REDIS_PREFIX: PREFIX,
    BACKFILL_PORT: '0',
    BACKFILL_API_TOKENS: `storm:operator:${apiToken}`,
    BACKFILL_TOKEN: apiToken,
    BACKFILL_REQUESTS_PER_SECOND: '1000',
    LOG_LEVEL: 'debug',
  };
  const context = new CommandContext({ env, cwd: directory, homeDir: directory, terminal: processTerminal });
  await setUp(context, () => {});
  const [job] = await applyConfiguredJobs({}, context, () => {});
  const config = await context.config();
  const session = new WorkspaceSession(config);
  await releases.add(() => session.close());
  const tables = TableNames.from(config.tables);
  await extendSource(session, tables);

  const victims = new Victims({ workers: options.workers, script, env, cwd: directory, logDir });
  await releases.add(() => victims.stop());
  const webLog = createWriteStream(join(logDir, 'web.log'));
  const onLine = (line: string) => void webLog.write(`${line}\n`);
  const service = new ServiceProcess({ verb: 'web', name: 'web', env, cwd: directory, script, onLine });
  await releases.add(() => service.stop());
  const [{ url }] = await Promise.all([service.ready, victims.start()]);

  const connection = new Redis(redis.url, {
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(tries * 50, 500),
  });
  connection.on('error', () => {});
  await releases.add(() => connection.disconnect());
  const keys = new KeySpace(PREFIX);
  const agent = new Agent({ connect: { ca: await readFile(emulator.caFile, 'utf8') } });
  await releases.add(() => agent.destroy());
  return {
    emulator,
    session,
    tables,
    redis,
    connection,
    keys,
    plans: new PlanStore(connection, keys),
    victims,
    web: await context.withEnvironment({ ...env, BACKFILL_URL: url }).restClient(),
    jobId: job?.jobId ?? '',
    jobName: JOB,
    secrets: [token, apiToken],
    deleteRun: async (runId) => {
      const headers = { authorization: `Bearer ${token}` };
      const body = `{"run_id":${runId}}`;
      const request = { method: 'POST', headers, body, dispatcher: agent };
      await (await fetch(`${emulator.url}/api/2.2/jobs/runs/delete`, request)).text();
    },
  };
}

/** The configuration we ship, with the storm's limit and shorter waits. */
async function configuration({ limit, tuning, queueEnabled }: ChaosStackOptions): Promise<string> {
  const shipped = parse(await readFile(join(packageRoot, 'backfill.yaml'), 'utf8'));
  const { backfill, resources } = shipped;
  const policy = { ...backfill.jobs[JOB], max_attempts: 8, retry_delay: '300ms', max_retry_delay: '1s' };
  const settings = { ...resources.jobs[JOB], max_concurrent_runs: limit, queue: { enabled: queueEnabled } };
  return JSON.stringify({
    ...shipped,
    backfill: { ...backfill, worker: tuning, jobs: { [JOB]: policy } },
    resources: { jobs: { [JOB]: settings } },
  });
}

async function extendSource({ warehouse }: WorkspaceSession, tables: TableNames): Promise<void> {
  await warehouse.execute(
    `INSERT INTO ${tables.sourceData}
SELECT c.calendar_date, i.id, CAST(i.id AS DOUBLE), 'A'
FROM ${tables.calendar} AS c
CROSS JOIN (SELECT CAST(n AS BIGINT) AS id FROM (SELECT explode(sequence(0, 9)) AS n)) AS i
WHERE c.us_business_or_holiday_flag = 'B' AND c.calendar_date > CAST(:ends AS DATE)`,
    { ends: SOURCE_ENDS },
  );
}
