import type { Redis } from 'ioredis';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { BackfillQueues } from './backfill-queues.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { KeySpace } from './key-space.ts';
import { BackfillIndex } from './plan/backfill-index.ts';
import { listed } from './redis/lua-list.ts';
import { adjustBackfill } from './scripts/adjust-backfill.ts';
import { type CancelRuns, cancelBackfill } from './scripts/cancel-backfill.ts';
import { pauseBackfill, resumeBackfill } from './scripts/pause-backfill.ts';

export interface Cancellation {
  readonly state: 'cancelling' | 'cancelled';
  readonly first: boolean;
}

/** What a person may do to a backfill while it lives. Each call may be repeated. */
export class BackfillControl {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #queues: BackfillQueues;
  readonly #dispatcher: Dispatcher;
  readonly #index: BackfillIndex;

  constructor(redis: Redis, keys: KeySpace, queues: BackfillQueues, dispatcher: Dispatcher) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queues = queues;
    this.#dispatcher = dispatcher;
    this.#index = new BackfillIndex(redis, keys);
  }

  /**
   * Starts no further date; runs under way go on, and planning too. Answers whether it was this call that
   * paused it. `byItself`: no person asked for it.
   * @throws BackfillError not_found, already_finished
   */
  async pause(id: string, reason: string, { byItself = false } = {}): Promise<boolean> {
    const answer = await pauseBackfill.run(this.#redis, this.#keys.prefix, {
      id,
      reason,
      by_itself: byItself,
    });
    switch (answer.outcome) {
      case 'paused':
        // No date passes the start gate any more; a job left behind by a crash here is only acknowledged.
        await this.#queues.removeDates(answer.job_id, listed(answer.withdrawn));
        await this.#dispatcher.feed(answer.job_id);
        return true;
      case 'already_paused':
        return false;
      case 'not_found':
        throw await this.#gone(id);
      case 'cancelling':
        throw beingCancelled(id);
      case 'already_finished':
        throw alreadyFinished(id);
    }
  }

  /**
   * Ends every date that has not started; live runs are cancelled at Databricks, or left to finish.
   * Answers the state that follows, and whether it was this call that cancelled it.
   * @throws BackfillError not_found, already_finished
   */
  async cancel(id: string, runs: CancelRuns): Promise<Cancellation> {
    const answer = await cancelBackfill.run(this.#redis, this.#keys.prefix, { id, runs });
    switch (answer.outcome) {
      case 'cancelling':
        await this.#queues.removeDates(answer.job_id, listed(answer.withdrawn));
        await this.#dispatcher.feed(answer.job_id);
        return { state: answer.state, first: answer.first };
      case 'already_cancelled':
        return { state: 'cancelled', first: false };
      case 'not_found':
        throw await this.#gone(id);
      case 'already_finished':
        throw alreadyFinished(id);
    }
  }

  /**
   * Changes how many dates run at a time (null: the job's own limit) and how urgent they are.
   * @throws BackfillError not_found, already_finished
   */
  async adjust(id: string, settings: { maxActiveRuns?: number | null; priority?: number }): Promise<void> {
    const answer = await adjustBackfill.run(this.#redis, this.#keys.prefix, {
      id,
      ...(settings.maxActiveRuns !== undefined && { max_active_runs: settings.maxActiveRuns }),
      ...(settings.priority !== undefined && { priority: settings.priority }),
    });
    switch (answer.outcome) {
      case 'adjusted':
        // Queued anew, the dates stand where the new settings want them.
        await this.#queues.removeDates(answer.job_id, listed(answer.withdrawn));
        await this.#dispatcher.feed(answer.job_id);
        return;
      case 'not_found':
        throw await this.#gone(id);
      case 'cancelling':
        throw beingCancelled(id);
      case 'already_finished':
        throw alreadyFinished(id);
    }
  }

  /**
   * Goes on with a paused backfill. Answers false when it was not paused.
   * @throws BackfillError not_found, already_finished
   */
  async resume(id: string): Promise<boolean> {
    const answer = await resumeBackfill.run(this.#redis, this.#keys.prefix, { id });
    switch (answer.outcome) {
      case 'resumed':
        await this.#dispatcher.feed(answer.job_id);
        return true;
      case 'not_paused':
        return false;
      case 'not_found':
        throw await this.#gone(id);
      case 'cancelling':
        throw beingCancelled(id);
      case 'already_finished':
        throw alreadyFinished(id);
    }
  }

  /** What Redis does not have never was, or has ended long ago. */
  async #gone(id: string): Promise<BackfillError> {
    if (await this.#index.isArchived(id)) return alreadyFinished(id);
    return new BackfillError('not_found', `There is no backfill ${id}.`, { details: { id } });
  }
}

function alreadyFinished(id: string): BackfillError {
  return new BackfillError('already_finished', `Backfill ${id} has ended; start a new one instead.`, {
    details: { id },
  });
}

function beingCancelled(id: string): BackfillError {
  return new BackfillError(
    'already_finished',
    `Backfill ${id} is being cancelled; start a new one instead.`,
    {
      details: { id },
    },
  );
}
