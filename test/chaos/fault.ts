/** One thing that goes wrong, by what it is done to. Times are milliseconds; `worker` counts from 0. */
export type Fault =
  | { readonly kind: 'worker killed'; readonly worker: number; readonly backAfterMs: number }
  | { readonly kind: 'worker terminated'; readonly worker: number; readonly backAfterMs: number }
  | { readonly kind: 'worker frozen'; readonly worker: number; readonly forMs: number }
  | { readonly kind: 'redis restarted'; readonly downMs: number }
  | { readonly kind: 'redis frozen'; readonly forMs: number }
  | { readonly kind: 'redis connections cut' }
  | { readonly kind: 'api fault'; readonly rule: ApiRule }
  | { readonly kind: 'api down'; readonly status: 429 | 500 | 503; readonly forMs: number }
  | { readonly kind: 'limit changed'; readonly limit: number; readonly forMs: number }
  | { readonly kind: 'run deleted' }
  | { readonly kind: 'foreign runs'; readonly runs: number }
  | { readonly kind: 'warehouse fault'; readonly rule: ApiRule }
  | { readonly kind: 'warehouse down'; readonly forMs: number }
  | { readonly kind: 'write conflicts'; readonly every: number; readonly forMs: number };

export type FaultKind = Fault['kind'];

/** Body of the emulator's `POST /_local/faults`. */
export interface ApiRule {
  readonly match: { readonly method: 'GET' | 'POST'; readonly path: string };
  readonly times: number;
  readonly skip_first?: number;
  readonly status?: number;
  readonly body?: string;
  readonly retry_after?: number;
  readonly reset?: 'before' | 'after';
  readonly latency_ms?: number;
}

/** A fault and when it comes, counted from the start of the backfill. */
export type TimedFault = { readonly atMs: number } & Fault;
