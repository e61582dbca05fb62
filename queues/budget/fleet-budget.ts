import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { withDeadline } from '../../src/databricks/deadline.ts';
import type { RequestBudget } from '../../src/databricks/request-budget.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { WORKER_SILENCE_MS } from '../fleet-state.ts';
import type { KeySpace } from '../key-space.ts';
import { holdRequests } from '../scripts/hold-requests.ts';
import { reserveRequest } from '../scripts/reserve-request.ts';
import { LocalPace } from './local-pace.ts';
import { RequestLine } from './request-line.ts';

/** A Redis that takes longer counts as away. */
const PATIENCE_MS = 1_000;
/** A workspace that throttles without saying for how long; Databricks' own clients wait as long. */
const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
const SECOND_MS = 1_000;
/** At most so much of the budget is reserved at a time, so that no process keeps the others waiting for long. */
const MAX_SHARE_MS = 10;

export interface FleetBudgetOptions {
  readonly redis: Redis;
  readonly keys: KeySpace;
  /** Origin of the workspace whose requests are counted. */
  readonly host: string;
  readonly perSecond: number;
  /** Aborted when this process stops: then nobody waits any more. */
  readonly stopping: AbortSignal;
}

/**
 * The requests that all workers together may send to one workspace. A process reserves one time at a time in
 * Redis, of a large budget a few, and gives it to the first of its own line, so that processes take turns
 * however much each wants.
 *
 * Not rate-limiter-flexible, which the web process uses: it counts in fixed windows and refuses, so that
 * everybody who was refused asks again when the window ends, with one step of Redis a try and no order.
 */
export class FleetBudget implements RequestBudget {
  readonly #options: FleetBudgetOptions;
  readonly #prefix: string;
  readonly #workspace: string;
  readonly #line = new RequestLine();
  readonly #local: LocalPace;
  #throttled = 0;
  #serving: Promise<void> | null = null;
  /** The last question to Redis while it is unanswered. */
  #asking: Promise<unknown> | null = null;

  constructor(options: FleetBudgetOptions) {
    this.#options = options;
    this.#prefix = options.keys.prefix;
    this.#workspace = createHash('sha256').update(options.host).digest('hex').slice(0, 16);
    this.#local = new LocalPace(options.perSecond);
    options.stopping.addEventListener('abort', () => this.#line.refuseAll(stopped()), { once: true });
  }

  async take(request: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<void> {
    if (this.#options.stopping.aborted) throw stopped();
    const turn = this.#line.join(request);
    this.#serving ??= this.#serve();
    return turn;
  }

  answered(): void {
    if (this.#throttled === 0) return;
    this.#throttled = 0;
    const { redis, keys } = this.#options;
    redis.del(`${keys.requests(this.#workspace)}:throttled`).catch(() => {});
  }

  throttled(retryAfterMs: number | null): void {
    // At once here; the others hear of it before their next request.
    this.#local.hold(Math.min(retryAfterMs ?? MIN_DELAY_MS, MAX_DELAY_MS));
    this.#throttled += 1;
    const asked = { workspace: this.#workspace, retry_after_ms: retryAfterMs };
    const limits = { min_delay_ms: MIN_DELAY_MS, max_delay_ms: MAX_DELAY_MS };
    holdRequests
      .run(this.#options.redis, this.#prefix, { ...asked, ...limits })
      .then(({ held_ms: heldMs, throttled }) => {
        this.#throttled = throttled;
        this.#local.hold(heldMs);
      })
      .catch(() => {});
  }

  async #serve(): Promise<void> {
    while (!this.#line.isEmpty) {
      for (const atMs of await this.#reserve()) {
        // Times that a 429 has overtaken are given up for later ones.
        if (!(await this.#untilFree(atMs))) break;
        this.#line.serve();
      }
    }
    // In the same tick as the last look at the line: a request that comes later is served anew.
    this.#serving = null;
  }

  /** Waits for a time of our own; false when nobody may send anything then. */
  async #untilFree(atMs: number): Promise<boolean> {
    const waitMs = Math.max(atMs - performance.now(), this.#local.heldMs());
    if (waitMs <= 0) return true;
    await pause(waitMs, undefined, { ref: false });
    return this.#line.isEmpty || !(await this.#isHeld());
  }

  /** When the next requests may be sent; without Redis, when one may as one of as many workers as there were. */
  async #reserve(): Promise<number[]> {
    const { redis, perSecond } = this.#options;
    const reserved = await this.#ask(() =>
      reserveRequest.run(redis, this.#prefix, {
        workspace: this.#workspace,
        per_second: perSecond,
        count: Math.min(this.#line.length, Math.ceil((perSecond * MAX_SHARE_MS) / SECOND_MS)),
        silence_ms: WORKER_SILENCE_MS,
      }),
    );
    const answeredMs = performance.now();
    if (reserved === null) return [answeredMs + this.#local.reserve()];
    this.#throttled = reserved.throttled;
    this.#local.workers = reserved.workers;
    return reserved.waits_ms.map((waitMs) => answeredMs + waitMs);
  }

  async #isHeld(): Promise<boolean> {
    if (this.#local.heldMs() > 0) return true;
    const { redis, keys } = this.#options;
    return (await this.#ask(() => redis.exists(`${keys.requests(this.#workspace)}:hold`))) === 1;
  }

  /** Null when Redis gives no answer; it is not asked anew before it has given one. */
  async #ask<T>(question: () => Promise<T>): Promise<T | null> {
    if (this.#asking !== null || this.#options.redis.status !== 'ready') return null;
    const answer = question();
    this.#asking = answer;
    const answered = () => {
      if (this.#asking === answer) this.#asking = null;
    };
    answer.then(answered, answered);
    try {
      return await withDeadline({ deadlineMs: PATIENCE_MS }, () => answer);
    } catch {
      return null;
    }
  }
}

function stopped(): BackfillError {
  return new BackfillError('workspace_unavailable', 'This process stops and asks the workspace no more.', {
    details: { reason: 'closed' },
  });
}
