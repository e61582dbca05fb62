import type { Redis } from 'ioredis';
import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { KeySpace } from '../queues/key-space.ts';
import { Lease } from '../queues/lease.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import { RunCensus } from '../queues/run-census.ts';
import { SignalStream } from '../queues/signals/signal-stream.ts';
import type { Config } from '../src/config/config.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { BackfillWatcher } from './backfill-watcher.ts';
import { Heartbeat } from './heartbeat.ts';
import { SignalRelay } from './signal-relay.ts';

/** How long the others wait before they pass signals on in the place of a worker that has died. */
const LEASE_MS = 10_000;

export interface SignalServiceParts {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly plans: PlanReader;
  readonly queues: BackfillQueues;
  readonly dispatcher: Dispatcher;
  readonly client: WorkspaceClient;
  readonly config: Config;
  readonly facts: FactBus;
}

/** What lets others know how we fare: that we live, which problems backfills have, what there is to tell. */
export function signalServices(parts: SignalServiceParts): Service[] {
  const { redis, keys, plans, queues, dispatcher, client, config, facts } = parts;
  const intervalMs = config.worker.limitIntervalMs;
  return [
    new Heartbeat({ redis, keys, facts }),
    new SignalRelay({
      stream: new SignalStream(redis, keys),
      plans,
      queues,
      lease: new Lease(redis, keys, 'signals', LEASE_MS),
      config,
      facts,
    }),
    new BackfillWatcher({
      redis,
      keys,
      dispatcher,
      lease: new Lease(redis, keys, 'watcher', intervalMs),
      census: new RunCensus({ redis, keys, plans, client }),
      config,
      facts,
      intervalMs,
    }),
  ];
}
