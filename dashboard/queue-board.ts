import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Queue } from 'bullmq';
import { type RequestHandler, Router } from 'express';
import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { boardJobLink, boardJobTitle } from './board-job.ts';

export const BOARD_PATH = '/queues';

/**
 * Bull Board over every queue, to look at only: a job retried or removed there would go behind the back of
 * the plan. Target jobs that are new appear with the next request.
 */
export function queueBoard(
  queues: BackfillQueues,
  dispatcher: Dispatcher,
  jobName: (jobId: string) => Promise<string | null>,
): Router {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  const board = createBullBoard({
    queues: [
      readOnly(queues.plans, 'Backfills whose dates are being looked up in the log'),
      readOnly(queues.failedDates, 'Failed attempts, on which the retry worker decides'),
      readOnly(queues.sweeps, 'Firings of the schedules that run failed dates again'),
      readOnly(queues.alerts, 'Messages to channels'),
      readOnly(queues.lineage, 'Run events for OpenLineage'),
    ],
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'databricks-backfill',
        miscLinks: [{ text: 'Backfills', url: '/' }],
        hideDocsLink: true,
        pollingInterval: { showSetting: true },
      },
    },
  });
  const shown = new Set<string>();
  const showTargets: RequestHandler = async (_request, _response, next) => {
    for (const jobId of await dispatcher.targets()) {
      if (shown.has(jobId)) continue;
      board.addQueue(readOnly(queues.dates(jobId), `Dates of the job ${await jobName(jobId)}`));
      shown.add(jobId);
    }
    next();
  };
  return Router().use(refuseWrites, withoutOtherHosts, showTargets, adapter.getRouter());
}

function readOnly(queue: Queue, description: string): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, {
    readOnlyMode: true,
    allowRetries: false,
    description,
    externalJobUrl: boardJobLink,
  });
  adapter.setFormatter('name', boardJobTitle);
  return adapter;
}

/** Its page asks for fonts of another host as shipped; a browser that may not, complains on every view. */
const withoutOtherHosts: RequestHandler = (_request, response, next) => {
  const send = response.send.bind(response);
  response.send = (body) =>
    send(typeof body === 'string' ? body.replace(/<link[^>]+href="https?:[^>]*>/g, '') : body);
  next();
};

/** Bull Board's own read-only mode answers 200 to a pause of all queues, so no write gets as far as that. */
const refuseWrites: RequestHandler = (request, _response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') {
    next();
    return;
  }
  throw new BackfillError(
    'read_only',
    'The queue board is to look at. Control backfills through /api/backfills or the `backfill` command.',
  );
};
