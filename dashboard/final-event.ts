import type { Response } from 'express';
import type { BackfillView } from '../queues/plan/backfill-view.ts';

/**
 * Tells the state of a backfill that has left Redis, as the one event that there will ever be. 204 tells a
 * client that comes back after it to stay away.
 */
export function tellFinalState(view: BackfillView, lastEventId: string | null, response: Response): void {
  if (lastEventId !== null) {
    response.status(204).end();
    return;
  }
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
  });
  response.end(`id: 0-0\nevent: backfill\ndata: ${JSON.stringify(view)}\n\n`);
}
