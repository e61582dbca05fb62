import { readFile } from 'node:fs/promises';
import { type Logger, pino } from 'pino';
import { WebServer } from '../../dashboard/web-server.ts';
import { BackfillQueues } from '../../queues/backfill-queues.ts';
import { Dispatcher } from '../../queues/dispatcher.ts';
import { KeySpace } from '../../queues/key-space.ts';
import { Outbox } from '../../queues/outbox/outbox.ts';
import { PlanStore } from '../../queues/plan/plan-store.ts';
import { ALERT_EVENTS, type Config } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';
import { cleanUpRedis, openTestRedis, testPrefix, testRedisUrl } from '../harness/redis.ts';

/** An emulator with a client of its own, so that the web server's calls can be told apart. */
export interface Workspace {
  readonly emulator: EmulatorProcess;
  readonly client: WorkspaceClient;
  readonly databricks: NonNullable<Config['databricks']>;
  createJob(name: string, settings?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function startWorkspace(): Promise<Workspace> {
  const emulator = await startEmulator();
  const databricks = {
    host: emulator.url,
    auth: { kind: 'pat' as const, token: new Secret('workspace-token') },
    warehouseId: emulator.warehouseId,
    caCert: await readFile(emulator.caFile, 'utf8'),
  };
  const client = new WorkspaceClient(databricks);
  return {
    emulator,
    client,
    databricks,
    createJob: async (name, settings = {}) => {
      const parameters = [{ name: 'position_date', default: '' }];
      return (await client.jobs.create({ name, max_concurrent_runs: 4, parameters, ...settings })).jobId;
    },
    close: async () => {
      await client.close();
      await emulator.stop();
    },
  };
}

export function webConfig(part: Partial<Config> = {}): Config {
  return {
    databricks: null,
    redis: { url: testRedisUrl(), prefix: testPrefix() },
    tables: {
      catalog: 'demos',
      schema: 'backfill_demo',
      layout: 'partition',
      calendar: { from: '2020-01-01', to: '2026-12-31' },
    },
    web: { port: 0, bind: '127.0.0.1', tokens: [], logCacheMs: 30_000 },
    access: {
      oidc: null,
      trustedProxy: null,
      sessionIdleMs: 3_600_000,
      sessionLifetimeMs: 7_200_000,
      requestsPerMinute: null,
    },
    worker: {
      port: null,
      concurrency: 10,
      lockDurationMs: 10_000,
      stalledIntervalMs: 5_000,
      feedIntervalMs: 5_000,
      limitIntervalMs: 30_000,
      watchPercent: 4,
      requestsPerSecond: 1_000,
      logFlushIntervalMs: 1_000,
      handoverMs: 10_000,
    },
    cli: { url: 'http://127.0.0.1:3000', token: null },
    logLevel: 'silent',
    retentionDays: 30,
    retries: { schedules: {} },
    calendars: {},
    jobs: {},
    alerts: {
      pageUrl: 'http://127.0.0.1:3000',
      channels: {},
      policy: { channels: null, events: ALERT_EVENTS, failureRatio: 0.5, stallAfterMs: 900_000 },
    },
    lineage: null,
    telemetry: null,
    ...part,
  };
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The body read as JSON; the text where it is none. */
  json: Record<string, unknown>;
}

export interface RunningWeb {
  readonly url: string;
  readonly config: Config;
  readonly facts: FactBus;
  readonly plans: PlanStore;
  readonly queues: BackfillQueues;
  readonly dispatcher: Dispatcher;
  readonly outbox: Outbox;
  readonly keys: KeySpace;
  readonly redis: ReturnType<typeof openTestRedis>;
  readonly routes: WebServer['routes'];
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  patch(path: string, body?: unknown): Promise<Reply>;
  /** Names of all keys of this test, but for the mark that an open queue handle sets on its queue. */
  keyNames(): Promise<string[]>;
  close(): Promise<void>;
}

/** A web server over the test's Redis, with handles of our own to look behind it. Close it where it was started. */
export async function startWeb(part: Partial<Config> = {}, logger: Logger = silent()): Promise<RunningWeb> {
  const config = webConfig(part);
  const facts = new FactBus();
  const server = new WebServer({ config, facts, logger });
  await server.start();
  const redis = openTestRedis();
  const keys = new KeySpace(config.redis.prefix);
  const queues = new BackfillQueues(redis, keys);
  const { url } = server;
  return {
    url,
    config,
    facts,
    queues,
    keys,
    redis,
    routes: server.routes,
    plans: new PlanStore(redis, keys),
    dispatcher: new Dispatcher(redis, keys, queues),
    outbox: new Outbox(redis, keys),
    get: (path, headers = {}) => send(`${url}${path}`, { headers }),
    post: (path, body, headers = {}) => send(`${url}${path}`, withBody('POST', body, headers)),
    patch: (path, body) => send(`${url}${path}`, withBody('PATCH', body)),
    keyNames: async () =>
      (await redis.keys(`${config.redis.prefix}:*`)).filter((name) => !name.endsWith(':meta')),
    close: async () => {
      await server.stop();
      await queues.close();
      await cleanUpRedis(config.redis.prefix);
    },
  };
}

export async function send(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, text, json };
}

function withBody(method: string, body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function silent(): Logger {
  return pino({ level: 'silent' });
}
