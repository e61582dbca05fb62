import { readApiTokens } from './api-tokens.ts';
import type { Config, TablesConfig, WebConfig, WorkerConfig } from './config.ts';
import type { Environment, Flags } from './environment.ts';
import type { BackfillSection } from './file-schema.ts';
import type { Problems } from './problems.ts';
import { Secret } from './secret.ts';
import type { SettingSources } from './setting-sources.ts';
import { spelt } from './value-schema.ts';

export const DEFAULT_CATALOG = 'demos';
export const DEFAULT_SCHEMA = 'backfill_demo';

const LEAST_USUAL_WATCH_PERCENT = 0.5;
const MOST_USUAL_WATCH_PERCENT = 20;

/** What was said in each place, checked and still apart. */
export interface Said {
  readonly flags: Flags;
  readonly env: Environment;
  readonly file: BackfillSection;
}

export function pickRedis({ flags, env, file }: Said, picked: SettingSources): Config['redis'] {
  return {
    url: picked.pick(
      'backfill.redis.url',
      { flag: flags.redisUrl, environment: env.REDIS_URL, file: file.redis?.url },
      'redis://127.0.0.1:6379',
      withoutPassword,
    ),
    prefix: picked.pick(
      'backfill.redis.prefix',
      { flag: flags.redisPrefix, environment: env.BACKFILL_REDIS_PREFIX, file: file.redis?.prefix },
      'backfill',
    ),
  };
}

export function pickTables({ flags, env, file }: Said, picked: SettingSources): TablesConfig {
  return {
    catalog: picked.pick(
      'backfill.catalog',
      { flag: flags.catalog, environment: env.BACKFILL_CATALOG, file: file.catalog },
      DEFAULT_CATALOG,
    ),
    schema: picked.pick(
      'backfill.schema',
      { flag: flags.schema, environment: env.BACKFILL_SCHEMA, file: file.schema },
      DEFAULT_SCHEMA,
    ),
    layout: picked.pick('backfill.layout', { file: file.layout }, 'partition'),
    calendar: {
      from: picked.pick('backfill.calendar.from', { file: file.calendar?.from }, '2020-01-01'),
      to: picked.pick('backfill.calendar.to', { file: file.calendar?.to }, '2026-12-31'),
    },
  };
}

export function pickWeb({ flags, env, file }: Said, picked: SettingSources, problems: Problems): WebConfig {
  const tokens = env.BACKFILL_API_TOKENS;
  return {
    port: picked.pick(
      'backfill.web.port',
      { flag: flags.port, environment: env.BACKFILL_PORT, file: file.web?.port },
      3000,
    ),
    bind: picked.pick(
      'backfill.web.bind',
      { flag: flags.bind, environment: env.BACKFILL_BIND, file: file.web?.bind },
      '127.0.0.1',
    ),
    tokens: picked.pick(
      'BACKFILL_API_TOKENS',
      { environment: tokens === undefined ? undefined : readApiTokens(tokens, problems) },
      [],
      (entries) => entries.map(({ name, role }) => `${name} (${role})`).join(', ') || 'none',
    ),
    logCacheMs: picked.pick('backfill.web.log_cache', { file: file.web?.log_cache }, 30_000, spelt),
  };
}

export function pickWorker({ flags, env, file }: Said, picked: SettingSources): WorkerConfig {
  const { worker = {} } = file;
  const interval = (key: string, fromFile: number | undefined, defaultMs: number): number =>
    picked.pick(`backfill.worker.${key}`, { file: fromFile }, defaultMs, spelt);
  const requestsPerSecond = picked.pick(
    'backfill.worker.requests_per_second',
    { environment: env.BACKFILL_REQUESTS_PER_SECOND, file: worker.requests_per_second },
    10,
  );
  return {
    port: picked.pick(
      'backfill.worker.port',
      { flag: flags.workerPort, environment: env.BACKFILL_WORKER_PORT, file: worker.port },
      null,
      (port) => String(port ?? 'off'),
    ),
    concurrency: picked.pick(
      'backfill.worker.concurrency',
      { flag: flags.concurrency, file: worker.concurrency },
      1000,
    ),
    lockDurationMs: interval('lock_duration', worker.lock_duration, 6_000),
    stalledIntervalMs: interval('stalled_interval', worker.stalled_interval, 2_000),
    feedIntervalMs: interval('feed_interval', worker.feed_interval, 2_000),
    limitIntervalMs: interval('limit_interval', worker.limit_interval, 5_000),
    watchPercent: picked.pick(
      'backfill.worker.watch_percent',
      { environment: env.BACKFILL_WATCH_PERCENT, file: worker.watch_percent },
      usualWatchPercent(requestsPerSecond),
    ),
    requestsPerSecond,
    logFlushIntervalMs: interval('log_flush_interval', worker.log_flush_interval, 5_600),
    handoverMs: interval('handover', worker.handover, 3_000),
  };
}

/** Who may ask twice as much looks twice as often: 4 at the default budget of 10 requests a second. */
function usualWatchPercent(requestsPerSecond: number): number {
  return Math.min(MOST_USUAL_WATCH_PERCENT, Math.max(LEAST_USUAL_WATCH_PERCENT, 40 / requestsPerSecond));
}

export function pickCli({ flags, env }: Said, picked: SettingSources): Config['cli'] {
  const token = picked.pick(
    'BACKFILL_TOKEN',
    { flag: flags.token, environment: env.BACKFILL_TOKEN },
    null,
    (given) => (given === null ? 'none' : '[secret]'),
  );
  return {
    url: picked.pick(
      'BACKFILL_URL',
      { flag: flags.url, environment: env.BACKFILL_URL },
      'http://127.0.0.1:3000',
      withoutPassword,
    ),
    token: token === null ? null : new Secret(token),
  };
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}
