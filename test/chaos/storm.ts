import type { ApiRule, Fault, TimedFault } from './fault.ts';
import { Random } from './random.ts';

export interface StormOptions {
  readonly seed: number;
  readonly workers: number;
  /** The job's own limit, to which each change of it returns. */
  readonly limit: number;
  /** Time between two faults of a worker. */
  readonly killEveryMs: number;
  /** How long a frozen worker keeps its lock; it is frozen for longer. */
  readonly lockDurationMs: number;
  readonly lengthMs: number;
}

/** Mean time between two faults of a stream in a storm that kills every 2 s, and in one that kills rarely. */
const MEAN_INTERVAL_MS = {
  redis: { often: 9_000, rarely: 25_000 },
  api: { often: 2_000, rarely: 6_000 },
  apiDown: { often: 25_000, rarely: 45_000 },
  limit: { often: 6_000, rarely: 30_000 },
  runs: { often: 4_000, rarely: 15_000 },
  warehouse: { often: 5_000, rarely: 12_000 },
} as const;

const OFTEN_MS = 5_000;

const RUN_NOW = '*/jobs/run-now';
const READS = ['*/jobs/runs/list', '*/jobs/runs/list', '*/jobs/runs/get', '*/jobs/get'] as const;
const SQL = '/sql/1.0/warehouses/*';
const LOGIN_PAGE = '<!DOCTYPE html><html><body><pre>Sign in to continue</pre></body></html>';

/** The whole storm, soonest first. The same options always give the same storm. */
export function storm(options: StormOptions): TimedFault[] {
  const { seed, killEveryMs, lengthMs } = options;
  const pace = killEveryMs <= OFTEN_MS ? 'often' : 'rarely';
  const streams: [meanMs: number, next: (random: Random) => Fault][] = [
    [killEveryMs, (random) => workerFault(random, options)],
    [MEAN_INTERVAL_MS.redis[pace], redisFault],
    [MEAN_INTERVAL_MS.api[pace], apiFault],
    [MEAN_INTERVAL_MS.apiDown[pace], apiDown],
    [MEAN_INTERVAL_MS.limit[pace], (random) => limitChange(random, options.limit)],
    [MEAN_INTERVAL_MS.runs[pace], (random) => runFault(random, options.limit)],
    [MEAN_INTERVAL_MS.warehouse[pace], warehouseFault],
  ];
  return streams
    .flatMap(([meanMs, next], stream) => {
      const random = new Random(seed * 1_000 + stream);
      const faults: TimedFault[] = [];
      for (let atMs = meanMs * random.next(); atMs < lengthMs; atMs += meanMs * (0.5 + random.next())) {
        faults.push({ atMs: Math.round(atMs), ...next(random) });
      }
      return faults;
    })
    .toSorted((one, other) => one.atMs - other.atMs);
}

function workerFault(random: Random, { workers, lockDurationMs }: StormOptions): Fault {
  const worker = random.between(0, workers - 1);
  const backAfterMs = random.between(0, 1_500);
  const dice = random.next();
  if (dice < 0.6) return { kind: 'worker killed', worker, backAfterMs };
  if (dice < 0.8) return { kind: 'worker terminated', worker, backAfterMs };
  return { kind: 'worker frozen', worker, forMs: Math.round(lockDurationMs * (1.2 + random.next())) };
}

function redisFault(random: Random): Fault {
  const dice = random.next();
  if (dice < 0.4) return { kind: 'redis connections cut' };
  if (dice < 0.7) return { kind: 'redis frozen', forMs: random.between(300, 4_000) };
  return { kind: 'redis restarted', downMs: random.between(0, 1_500) };
}

function apiFault(random: Random): Fault {
  const start = random.chance(0.6);
  const match = start
    ? ({ method: 'POST', path: RUN_NOW } as const)
    : ({ method: 'GET', path: random.oneOf(READS) } as const);
  const times = random.between(1, 2);
  return { kind: 'api fault', rule: { match, times, ...unhappyAnswer(random) } };
}

function unhappyAnswer(random: Random): Partial<ApiRule> {
  return random.oneOf<() => Partial<ApiRule>>([
    () => ({ status: 429, ...(random.chance(0.5) && { retry_after: random.between(1, 2) }) }),
    () => ({ status: 500 }),
    () => ({ status: 500, reset: 'after' }),
    () => ({ status: 503, retry_after: 1 }),
    () => ({ status: 503, reset: 'after' }),
    () => ({ status: 504, reset: 'after' }),
    () => ({ status: 504 }),
    () => ({ reset: 'before' }),
    () => ({ reset: 'after' }),
    () => ({ reset: 'after' }),
    () => ({ latency_ms: random.between(500, 6_000) }),
    () => ({ status: 200, body: LOGIN_PAGE }),
    () => ({ status: 200, body: LOGIN_PAGE, reset: 'after' }),
  ])();
}

function apiDown(random: Random): Fault {
  return {
    kind: 'api down',
    status: random.oneOf([429, 500, 503] as const),
    forMs: random.between(500, 3_000),
  };
}

function limitChange(random: Random, limit: number): Fault {
  const forMs = random.between(1_500, 5_000);
  const changed = random.oneOf([0, 1, Math.ceil(limit / 4), Math.ceil(limit / 2), limit + 5]);
  return { kind: 'limit changed', limit: changed, forMs };
}

function runFault(random: Random, limit: number): Fault {
  if (random.chance(0.6)) return { kind: 'run deleted' };
  return { kind: 'foreign runs', runs: random.between(1, Math.ceil(limit / 2)) };
}

function warehouseFault(random: Random): Fault {
  const match = { method: 'POST', path: SQL } as const;
  const dice = random.next();
  if (dice < 0.3) return { kind: 'warehouse down', forMs: random.between(1_000, 6_000) };
  if (dice < 0.5) {
    return { kind: 'write conflicts', every: random.between(2, 4), forMs: random.between(500, 3_000) };
  }
  const rule = random.oneOf<Partial<ApiRule>>([
    { status: 503 },
    { status: 500 },
    { reset: 'before' },
    { reset: 'after' },
    { status: 503, reset: 'after' },
    { latency_ms: 3_000 },
  ]);
  return {
    kind: 'warehouse fault',
    rule: { match, times: random.between(1, 3), skip_first: random.between(0, 3), ...rule },
  };
}
