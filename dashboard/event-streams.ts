import type { Response } from 'express';
import type { Redis } from 'ioredis';
import type { KeySpace } from '../queues/key-space.ts';
import { type EventSources, EventStream, isOver } from './event-stream.ts';

const STREAM_ID = /^\d{1,16}-\d{1,16}$/;
/** Planning is among the first changes of a backfill. */
const FIRST_CHANGES = 50;
/** Who reads is asked for only when a stream opens, so none outlives the end of a session for longer. */
const LIFETIME_MS = 5 * 60_000;

/** The event streams that are open, so that a stopping server can end them. */
export class EventStreams {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #sources: EventSources;
  readonly #lifetimeMs: number;
  readonly #open = new Set<EventStream>();

  constructor(redis: Redis, keys: KeySpace, sources: EventSources, lifetimeMs = LIFETIME_MS) {
    this.#redis = redis;
    this.#keys = keys;
    this.#sources = sources;
    this.#lifetimeMs = lifetimeMs;
  }

  /**
   * Answers with the events of a backfill until it has ended and its log is written, the client leaves, or
   * the stream is so old that the client has to come again, as browsers do by themselves.
   * 204 tells a client that comes back after that end to stay away.
   * @throws BackfillError not_found
   */
  async open(id: string, lastEventId: string | null, response: Response): Promise<void> {
    const view = await this.#sources.plans.view(id);
    const resumeFrom = lastEventId !== null && STREAM_ID.test(lastEventId) ? lastEventId : null;
    if (resumeFrom !== null && isOver(view) && !(await this.#sources.changes.since(id, resumeFrom))) {
      response.status(204).end();
      return;
    }
    const planWasSettled =
      resumeFrom === null ? view.state !== 'planning' : await this.#wasSettledAt(id, resumeFrom);
    // A client that left meanwhile has had its close event already.
    if (response.destroyed) return;
    const stream = new EventStream(this.#sources, id, response);
    this.#open.add(stream);
    const oldAge = setTimeout(() => stream.close(), this.#lifetimeMs);
    response.on('close', () => {
      clearTimeout(oldAge);
      stream.close();
      this.#open.delete(stream);
    });
    await stream.start(resumeFrom, planWasSettled);
  }

  close(): void {
    for (const stream of this.#open) stream.close();
  }

  /** Whether nothing after that change made a plan of what was still being planned. */
  async #wasSettledAt(id: string, changeId: string): Promise<boolean> {
    const first = await this.#redis.xrange(this.#keys.changes(id), '-', '+', 'COUNT', FIRST_CHANGES);
    const planning = first.findIndex(([, [field, value]]) => field === 'state' && value === 'planning');
    const settled = first.findIndex(([, [field, value]]) => field === 'state' && value !== 'planning');
    if (planning < 0) return true;
    // Changes up to the one that settled the plan are those of planning.
    const ofPlanning = settled < 0 ? first : first.slice(0, settled);
    return changeId !== '0-0' && !ofPlanning.some(([entryId]) => entryId === changeId);
  }
}
