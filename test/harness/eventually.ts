import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'lossless-json';

const LOOK_INTERVAL_MS = 10;
/** Ends a wait in vain, before the test counts as hung; nothing is measured by it. */
const PATIENCE_MS = 60_000;

/** Asks again until the answer satisfies: for what tells of no change by itself, as the Jobs API does not. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (value: T) => boolean): Promise<T> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await ask();
    if (satisfies(value)) return value;
    if (Date.now() > deadlineMs) throw new Error(`Waited in vain; last seen: ${stringify(value)}`);
    await pause(LOOK_INTERVAL_MS);
  }
}
