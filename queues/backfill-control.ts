import type { Redis } from 'ioredis';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { BackfillQueues } from './backfill-queues.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { KeySpace } from './key-space.ts';
import { listed } from './redis/lua-list.ts';
import { pauseBackfill, resumeBackfill } from './scripts/pause-backfill.ts';

/** What a person may do to a backfill while it lives. Each call may be repeated. */
export class BackfillControl {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #queues: BackfillQueues;
  readonly #dispatcher: Dispatcher;

  constructor(redis: Redis, keys: KeySpace, queues: BackfillQueues, dispatcher: Dispatcher) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queues = queues;
    this.#dispatcher = dispatcher;
  }

  /**
   * Starts no further date; runs under way go on. Answers whether it was this call that paused it.
   * @throws BackfillError not_found, already_finished, not_running
   */
  async pause(id: string, reason: string): Promise<boolean> {
    const answer = await pauseBackfill.run(this.#redis, this.#keys.prefix, { id, reason });
    switch (answer.outcome) {
      case 'paused':
        // No date passes the start gate any more; a job left behind by a crash here is only acknowledged.
        await this.#queues.removeDates(answer.job_id, listed(answer.withdrawn));
        await this.#dispatcher.feed(answer.job_id);
        return true;
      case 'already_paused':
        return false;
      case 'not_running':
        throw notRunning(id);
      case 'not_found':
        throw notFound(id);
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
        throw notFound(id);
      case 'already_finished':
        throw alreadyFinished(id);
    }
  }
}

function notFound(id: string): BackfillError {
  return new BackfillError('not_found', `There is no backfill ${id}.`, { details: { id } });
}

function alreadyFinished(id: string): BackfillError {
  return new BackfillError('already_finished', `Backfill ${id} has ended; start a new one instead.`, {
    details: { id },
  });
}

function notRunning(id: string): BackfillError {
  return new BackfillError(
    'not_running',
    `Backfill ${id} does not run at the moment: it is still being planned or is being cancelled. Try again when its state is running.`,
    { details: { id } },
  );
}
