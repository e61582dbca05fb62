import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { BackfillChanges } from '../queues/backfill-changes.ts';
import { BackfillControl } from '../queues/backfill-control.ts';
import { BackfillQueues } from '../queues/backfill-queues.ts';
import { Dispatcher } from '../queues/dispatcher.ts';
import { registerFleetMetrics } from '../queues/fleet-metrics.ts';
import { FleetState } from '../queues/fleet-state.ts';
import { KeySpace } from '../queues/key-space.ts';
import { Outbox } from '../queues/outbox/outbox.ts';
import { PlanStore } from '../queues/plan/plan-store.ts';
import { checkRedis, openRedis } from '../queues/redis/connection.ts';
import { TargetReader } from '../queues/target-reader.ts';
import type { Config } from '../src/config/config.ts';
import { isOpen } from '../src/config/config-rules.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { ProcessMetrics } from '../src/metrics/process-metrics.ts';
import { NO_TRACING, type Tracing } from '../src/tracing/tracing.ts';
import { isLoopback } from './access/same-site.ts';
import { AnswerCache } from './answer-cache.ts';
import { BackfillReader } from './backfill-reader.ts';
import { EventStreams } from './event-streams.ts';
import { type RouteName, routesOf } from './route.ts';
import { TableAnswers } from './table-answers.ts';
import { webApp } from './web-app.ts';
import { WorkspaceAccess } from './workspace-access.ts';

export interface WebServerOptions {
  readonly config: Config;
  readonly facts: FactBus;
  readonly logger: Logger;
  /** Counts what this process does; one of its own by default. */
  readonly metrics?: ProcessMetrics;
  readonly tracing?: Tracing;
  /** Where `jobs apply` finds the notebooks; those of the package by default. */
  readonly notebooksDir?: string;
}

/** Requests under way when the server stops may take so long. */
const STOP_GRACE_MS = 2_000;

/** The web process: REST API, Bull Board and page. It needs Redis to start, and nothing else. */
export class WebServer implements Service {
  readonly #options: WebServerOptions;
  #releases = new ReleaseStack();
  #starting: Promise<void> | null = null;
  #url: string | null = null;
  #routes: readonly RouteName[] = [];

  constructor(options: WebServerOptions) {
    this.#options = options;
  }

  /** @throws BackfillError redis_unavailable; configuration_invalid for an address that cannot be bound */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Ends event streams at once and gives other requests a moment. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    const releases = this.#releases;
    await releases.release();
    if (this.#releases !== releases) return;
    this.#releases = new ReleaseStack();
    this.#starting = null;
    this.#url = null;
  }

  /** Where it answers, such as `http://127.0.0.1:3000`. */
  get url(): string {
    if (this.#url === null) throw new Error('The web server has not started.');
    return this.#url;
  }

  /** What it answers, once it has started. */
  get routes(): readonly RouteName[] {
    return this.#routes;
  }

  async #start(): Promise<void> {
    try {
      await this.#acquire();
    } catch (failure) {
      await this.#releases.release();
      this.#releases = new ReleaseStack();
      this.#starting = null;
      throw failure;
    }
  }

  async #acquire(): Promise<void> {
    const {
      config,
      facts,
      logger,
      metrics = new ProcessMetrics('web'),
      tracing = NO_TRACING,
    } = this.#options;
    refuseOpenDoor(config);
    const { warnings } = await checkRedis(config.redis.url);
    for (const warning of warnings) logger.warn(warning);

    const redis = openRedis(config.redis.url, 'prompt');
    await this.#releases.add(() => redis.disconnect());
    const subscriber = openRedis(config.redis.url, 'patient');
    await this.#releases.add(() => subscriber.disconnect());
    const keys = new KeySpace(config.redis.prefix);
    const queues = new BackfillQueues(redis, keys, tracing);
    await this.#releases.add(() => queues.close());
    const access = new WorkspaceAccess(config, metrics.countRequest);
    await this.#releases.add(() => access.close());

    const plans = new PlanStore(redis, keys, {
      lineage: config.lineage !== null,
      traceparent: () => tracing.traceparent(),
    });
    const dispatcher = new Dispatcher(redis, keys, queues);
    const outbox = new Outbox(redis, keys);
    const state = new FleetState({ redis, keys, plans, outbox, dispatcher, queues });
    registerFleetMetrics(metrics.registry, { state, queues, dispatcher });
    await this.#releases.add(() => metrics.registry.clear());
    const changes = new BackfillChanges(redis, subscriber, keys);
    const streams = new EventStreams(redis, keys, { plans, changes });
    const cache = new AnswerCache({ ttlMs: config.web.logCacheMs, logVersion: () => outbox.logVersion() });
    const answers = new TableAnswers(access, cache);
    const app = webApp({
      config,
      facts,
      logger,
      access,
      redis,
      queues,
      plans,
      dispatcher,
      changes,
      streams,
      outbox,
      answers,
      reader: new BackfillReader(plans, answers),
      targets: new TargetReader(redis, keys, queues, plans),
      metrics: metrics.registry,
      tracing,
      jobName: (jobId) => redis.hget(keys.target(jobId), 'job_name'),
      control: new BackfillControl(redis, keys, queues, dispatcher),
      notebooksDir: this.#options.notebooksDir ?? packagedNotebooks(),
    });
    this.#routes = routesOf(app);
    const server = createServer(app);
    await this.#releases.add(() => close(server, streams));
    this.#url = await listen(server, config.web);
  }
}

function refuseOpenDoor({ access, web }: Config): void {
  if (!isOpen({ access, web }) || isLoopback(web.bind)) return;
  throw new BackfillError(
    'configuration_invalid',
    `Without tokens the web process binds loopback only, not ${web.bind}. Set BACKFILL_API_TOKENS, or BACKFILL_BIND to 127.0.0.1.`,
    { details: { key: 'BACKFILL_BIND' } },
  );
}

async function listen(server: Server, { port, bind }: Config['web']): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(bind, port, cause)));
    server.listen(port, bind, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind.includes(':') ? `[${bind}]` : bind;
  return `http://${host}:${bound}`;
}

function cannotListen(bind: string, port: number, cause: Error): BackfillError {
  return new BackfillError(
    'configuration_invalid',
    `Cannot listen on ${bind}, port ${port} (${cause.message}). Set BACKFILL_PORT to a free port, or stop what uses it.`,
    { cause, details: { key: 'BACKFILL_PORT' } },
  );
}

async function close(server: Server, streams: EventStreams): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  streams.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

/** Beside the sources, or beside `dist` in the package. */
function packagedNotebooks(): string {
  const beside = join(import.meta.dirname, '..', 'notebooks');
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', 'notebooks');
}
