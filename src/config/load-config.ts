import { readAccess } from './access-settings.ts';
import { pickTelemetry, readAlerts, readLineage } from './alerts-config.ts';
import { bundleFile } from './bundle/bundle-file.ts';
import type { TargetChoice } from './bundle/bundle-target.ts';
import { readCalendars } from './calendar-config.ts';
import type { Config } from './config.ts';
import { readConfigFile } from './config-file.ts';
import { checkRules } from './config-rules.ts';
import { readDatabricks } from './databricks-auth.ts';
import { deepFreeze } from './deep-freeze.ts';
import { type ConfigFlags, type Environment, type Flags, readEnvironment, readFlags } from './environment.ts';
import { readJobs } from './job-config.ts';
import { Problems } from './problems.ts';
import { type ResolvedFile, resolveFile } from './resolved-file.ts';
import { pickRetrySchedules } from './retry-schedule.ts';
import { rememberSettings, SettingSources } from './setting-sources.ts';
import {
  DEFAULT_CATALOG,
  DEFAULT_SCHEMA,
  pickCli,
  pickRedis,
  pickTables,
  pickWeb,
  pickWorker,
} from './single-settings.ts';

/** Where `jobs apply` puts notebooks unless `workspace.file_path` of the file says otherwise. */
const DEFAULT_FILE_PATH = '/Shared/databricks-backfill';

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the flag `--config`; relative to `cwd`. */
  readonly configFile?: string | undefined;
  readonly flags?: ConfigFlags | undefined;
  /** Of the flag `--target`: the target of a bundle. */
  readonly target?: string | undefined;
  readonly cwd: string;
  /** Where `.databrickscfg` is looked for. */
  readonly homeDir: string;
}

/**
 * The configuration of a process: the file, then the environment, then the flags, checked as a whole. It
 * reads the files that the sources name and does nothing else; the result is frozen through and through.
 *
 * @throws BackfillError `configuration_invalid` with every problem, each naming its key or variable
 */
export function loadConfig(sources: ConfigSources): Config {
  const problems = new Problems();
  const picked = new SettingSources();
  const env = readEnvironment(sources.env, problems);
  const flags = readFlags(sources.flags ?? {}, problems);
  const databricks = readDatabricks(sources, problems);
  const file = readFile(sources, { env, flags, databricks }, problems);
  const said = { flags, env, file: file.backfill };

  for (const [variable, value] of [
    ['DATABRICKS_HOST', databricks?.host],
    ['DATABRICKS_WAREHOUSE_ID', databricks?.warehouseId ?? undefined],
  ] as const) {
    // What the variable does not say comes from a profile file.
    picked.pick(variable, sources.env[variable] ? { environment: value } : { file: value }, 'none');
  }
  const calendars = readCalendars(file, problems);
  const cli = pickCli(said, picked);
  const config: Config = {
    databricks,
    redis: pickRedis(said, picked),
    tables: pickTables(said, picked),
    web: pickWeb(said, picked, problems),
    access: readAccess(file, picked, problems),
    worker: pickWorker(said, picked),
    cli,
    logLevel: picked.pick(
      'backfill.log_level',
      { flag: flags.logLevel, environment: env.LOG_LEVEL, file: said.file.log_level },
      'info',
    ),
    retentionDays: picked.pick('backfill.retention_days', { file: said.file.retention_days }, 30),
    retries: { schedules: pickRetrySchedules(said.file, picked) },
    calendars,
    jobs: readJobs(file, calendars, problems),
    alerts: readAlerts(file, cli.url, picked, problems),
    lineage: readLineage(file, picked),
    telemetry: pickTelemetry(said, picked),
  };
  checkRules(config, problems);
  problems.throwIfAny();
  rememberSettings(config, picked.settings);
  return deepFreeze(config);
}

interface StrongerValues {
  readonly env: Environment;
  readonly flags: Flags;
  readonly databricks: Config['databricks'];
}

function readFile(
  { env, configFile, cwd, target }: ConfigSources,
  stronger: StrongerValues,
  problems: Problems,
): ResolvedFile {
  const overrides = {
    'backfill.catalog': stronger.flags.catalog ?? stronger.env.BACKFILL_CATALOG,
    'backfill.schema': stronger.flags.schema ?? stronger.env.BACKFILL_SCHEMA,
    'backfill.warehouse_id': stronger.databricks?.warehouseId ?? undefined,
    'workspace.host': stronger.databricks?.host,
  };
  const defaults = {
    'backfill.catalog': DEFAULT_CATALOG,
    'backfill.schema': DEFAULT_SCHEMA,
    'backfill.warehouse_id': undefined,
    'workspace.file_path': DEFAULT_FILE_PATH,
  };
  const main = readConfigFile({ configFile, env, cwd }, problems);
  const choice: TargetChoice = target
    ? { name: target, from: '--target' }
    : { name: env.DATABRICKS_BUNDLE_TARGET || undefined, from: 'DATABRICKS_BUNDLE_TARGET' };
  const file = main === null ? null : bundleFile(main, choice, problems);
  return resolveFile(file, { env, overrides, defaults }, problems);
}
