import type { Response } from 'express';
import type { BackfillChanges } from '../queues/backfill-changes.ts';
import { isFinished } from '../queues/plan/backfill-record.ts';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';

const HEARTBEAT_INTERVAL_MS = 15_000;
/** Soon, since most streams end by their age; without it a browser waits for seconds. */
const RETRY_MS = 500;
/** Changes that come closer together are told as one. */
const MIN_INTERVAL_MS = 100;

export interface EventSources {
  readonly plans: PlanReader;
  readonly changes: BackfillChanges;
}

/** Nothing about it will change any more. */
export function isOver(view: BackfillView): boolean {
  return isFinished(view.state) && view.log_pending <= 0;
}

/**
 * Tells one client what happens to a backfill, until it is over or the client leaves. A `date` event carries
 * the id from which its change was read, and only the `backfill` event that ends a round the new one: a
 * client that is cut off between them is told the round again.
 */
export class EventStream {
  readonly #sources: EventSources;
  readonly #id: string;
  readonly #response: Response;
  #heartbeat: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #unwatch: () => void = () => {};
  #cursor = '0-0';
  #told = '';
  /** A settled plan changes every date at once, which the stream of changes does not list. */
  #tellAllDates = false;
  #telling = false;
  #again = false;
  #closed = false;

  constructor(sources: EventSources, id: string, response: Response) {
    this.#sources = sources;
    this.#id = id;
    this.#response = response;
  }

  /** `resumeFrom` is the id of the last event that the client has, or null for a new one. */
  async start(resumeFrom: string | null, planWasSettled: boolean): Promise<void> {
    const unwatch = await this.#sources.changes.watch(this.#id, () => this.#changed());
    if (this.#closed) {
      unwatch();
      return;
    }
    this.#unwatch = unwatch;
    this.#tellAllDates = !planWasSettled;
    this.#response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.#response.write(`retry: ${RETRY_MS}\n\n`);
    // Looking again with each heartbeat finds what was told while the subscription was cut.
    this.#heartbeat = setInterval(() => {
      this.#response.write(': heartbeat\n\n');
      this.#changed();
    }, HEARTBEAT_INTERVAL_MS);
    this.#cursor = resumeFrom ?? (await this.#sources.changes.lastId(this.#id));
    await this.#tell();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#unwatch();
    this.#response.end();
  }

  #changed(): void {
    if (this.#closed) return;
    this.#again = true;
    if (this.#telling || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#tell();
    }, MIN_INTERVAL_MS);
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    this.#again = false;
    try {
      await this.#tellDates();
      await this.#tellBackfill();
      await this.#drained();
    } catch {
      // Redis is away: the next change or heartbeat looks again from the same place.
    } finally {
      this.#telling = false;
      if (this.#again) this.#changed();
    }
  }

  async #tellDates(): Promise<void> {
    const { plans, changes } = this.#sources;
    const changed = await changes.since(this.#id, this.#cursor);
    if (changed === null) return;
    const planning = this.#tellAllDates && (await plans.view(this.#id)).state === 'planning';
    const all = changed.incomplete || (this.#tellAllDates && !planning);
    const dates = await plans.dates(this.#id, all ? {} : { indexes: changed.indexes });
    for (const date of dates) this.#write('date', JSON.stringify(date));
    this.#cursor = changed.lastId;
    if (!planning) this.#tellAllDates = false;
  }

  async #tellBackfill(): Promise<void> {
    const view = await this.#sources.plans.view(this.#id);
    const text = JSON.stringify(view);
    if (text !== this.#told) this.#write('backfill', text);
    this.#told = text;
    if (isOver(view)) this.close();
  }

  #write(event: 'date' | 'backfill', data: string): void {
    if (this.#closed) return;
    this.#response.write(`id: ${this.#cursor}\nevent: ${event}\ndata: ${data}\n\n`);
  }

  /** A client that reads slowly is told less often, not more at a time. */
  async #drained(): Promise<void> {
    if (this.#closed || !this.#response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.#response.once('drain', resolve);
      this.#response.once('close', resolve);
    });
  }
}
