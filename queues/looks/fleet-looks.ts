import type { Redis } from 'ioredis';
import type { Run } from '../../src/databricks/run.ts';
import type { KeySpace } from '../key-space.ts';
import { failLook } from '../scripts/fail-look.ts';
import { publishLook } from '../scripts/publish-look.ts';
import { takeLook } from '../scripts/take-look.ts';
import { readEndedRun, writeEndedRun } from './ended-run.ts';

/** A killed holder of the turn keeps the others waiting so long; a slow one makes it last longer. */
export const LOOK_LEASE_MS = 4_000;
/** Longer than a worker may be busy with something else; afterwards a run must be asked for by its id. */
const KEEP_MS = 120_000;
const MEMORY_MS = 600_000;
const MIN_FAILURE_DELAY_MS = 150;
const MAX_FAILURE_DELAY_MS = 15_000;

/** Answer to whoever asks for the turn to look. */
export interface LookTurn {
  readonly taken: boolean;
  /** How many looks there were before. */
  readonly look: number;
  /** When to ask again. */
  readonly waitMs: number;
  /** All runs that ended until then are known; null where none are. */
  readonly seenUntilMs: number | null;
  /** How long the last runs took; null before the first. */
  readonly typicalMs: number | null;
}

/**
 * The looks of the fleet at the ended runs of its jobs: whose turn it is, and what was found. What was found
 * is kept by run id for a while, so that whoever holds a run finds its end however late it asks; the poke
 * only spares it waiting.
 */
export class FleetLooks {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #keys: KeySpace;
  readonly #listeners = new Map<string, Set<(runIds: readonly string[]) => void>>();
  #subscribed = false;

  /** `subscriber` is used for nothing else: a subscribed connection takes no other commands. */
  constructor(redis: Redis, subscriber: Redis, keys: KeySpace) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#keys = keys;
  }

  /** Takes the turn if the last look is older than the interval and nobody else is looking. */
  async take(jobId: string, holder: string, intervalMs: number): Promise<LookTurn> {
    const turn = await this.#ask(jobId, holder, Math.round(intervalMs));
    return {
      taken: turn.taken,
      look: turn.look,
      waitMs: turn.wait_ms,
      seenUntilMs: turn.seen_until_ms,
      typicalMs: turn.typical_run_ms,
    };
  }

  /** Makes a turn last longer that is still held. */
  async renew(jobId: string, holder: string): Promise<void> {
    await this.#ask(jobId, holder, null);
  }

  /** False when the turn was lost meanwhile; then nothing is kept. */
  async publish(
    jobId: string,
    holder: string,
    found: { runs: readonly Run[]; seenUntilMs: number },
  ): Promise<boolean> {
    const { published } = await publishLook.run(this.#redis, this.#keys.prefix, {
      job_id: jobId,
      holder,
      runs: Object.fromEntries(found.runs.map((run) => [run.runId, writeEndedRun(run)])),
      seen_until_ms: found.seenUntilMs,
      keep_ms: KEEP_MS,
    });
    return published;
  }

  /** Ends the turn of a look that failed; answers how long nobody looks now. */
  async fail(jobId: string, holder: string, retryAfterMs: number | null): Promise<number> {
    const { delay_ms: delayMs } = await failLook.run(this.#redis, this.#keys.prefix, {
      job_id: jobId,
      holder,
      retry_after_ms: retryAfterMs,
      min_delay_ms: MIN_FAILURE_DELAY_MS,
      max_delay_ms: MAX_FAILURE_DELAY_MS,
    });
    return delayMs;
  }

  /** Those of these runs that somebody has seen ended. */
  async ended(jobId: string, runIds: readonly string[]): Promise<Run[]> {
    if (runIds.length === 0) return [];
    const found = await this.#redis.mget(runIds.map((runId) => this.#keys.endedRun(jobId, runId)));
    return found.flatMap((json) => (json === null ? [] : (readEndedRun(json) ?? [])));
  }

  /** Calls `onEnded` with the ended runs of each look of anybody, until the answered function is called. */
  listen(jobId: string, onEnded: (runIds: readonly string[]) => void): () => void {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    this.#listeners.set(jobId, listeners.add(onEnded));
    this.#subscribe();
    return () => void listeners.delete(onEnded);
  }

  #ask(jobId: string, holder: string, intervalMs: number | null) {
    return takeLook.run(this.#redis, this.#keys.prefix, {
      job_id: jobId,
      holder,
      interval_ms: intervalMs,
      lease_ms: LOOK_LEASE_MS,
      memory_ms: MEMORY_MS,
    });
  }

  #subscribe(): void {
    if (this.#subscribed) return;
    this.#subscribed = true;
    this.#subscriber.on('message', (_channel: string, message: string) => {
      const [jobId = '', ...runIds] = message.split(' ');
      for (const onEnded of this.#listeners.get(jobId) ?? []) onEnded(runIds);
    });
    // A connection that ends before is one of a process that stops; and nothing depends on the poke.
    this.#subscriber.subscribe(this.#keys.looked).catch(() => {});
  }
}
