import { setTimeout as pause } from 'node:timers/promises';
import { KeySpace } from '../queues/key-space.ts';
import { Outbox } from '../queues/outbox/outbox.ts';
import type { BenchStack } from './stack.ts';
import { REDIS_PREFIX } from './stack-parts.ts';

const LOOK_INTERVAL_MS = 50;
const MOST_EVENTS = 10_000;

/**
 * How long after a run's end its row was in the table: an event of the outbox leaves it as soon as its statement
 * is confirmed, which is looked for every 50 ms without asking the warehouse.
 *
 * @param over Aborted when no further row is to be expected; those that wait then are still waited for.
 */
export async function logDelaysMs(stack: BenchStack, over: AbortSignal, signal: AbortSignal) {
  const outbox = new Outbox(stack.redis, new KeySpace(REDIS_PREFIX));
  const waiting = new Map<string, number>();
  const delaysMs: number[] = [];
  for (;;) {
    const lastLook = over.aborted;
    const events = await outbox.read(MOST_EVENTS);
    const ids = new Set(events.map(({ id }) => id));
    for (const [id, endedMs] of waiting) {
      if (ids.has(id)) continue;
      delaysMs.push(Date.now() - endedMs);
      waiting.delete(id);
    }
    for (const event of events) {
      if (event.kind !== 'attempt' || event.row.endTime === null) continue;
      waiting.set(event.id, Date.parse(event.row.endTime));
    }
    if (lastLook && waiting.size === 0) return delaysMs;
    await pause(LOOK_INTERVAL_MS, undefined, { signal });
  }
}
