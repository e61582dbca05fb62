import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { PlanStore } from '../queues/plan/plan-store.ts';
import type { TargetReader, TargetView } from '../queues/target-reader.ts';
import { type Route, route } from './route.ts';

/** Failed dates of an ended backfill that no later backfill retries: somebody has to look. */
export interface WaitingFailures {
  backfill_id: string;
  job: string;
  failed: number;
  finished_at: string | null;
}

/** What goes on right now (GET /api/overview). */
export interface Overview {
  targets: TargetView[];
  /** Every backfill that has not ended, newest first. */
  unfinished: BackfillView[];
  /** Of the last 100 backfills. */
  failures: WaitingFailures[];
  /** ISO 8601, UTC. */
  as_of: string;
}

export interface OverviewRouteContext {
  readonly plans: PlanStore;
  readonly targets: TargetReader;
}

const LATEST = 100;
/** Several open pages ask at the same time; what one was told a moment ago is right for the others too. */
const SHARED_MS = 500;

/** What a person wants to see first. It asks Redis only. */
export function overviewRoutes({ plans, targets }: OverviewRouteContext): Route[] {
  let shared: { at: number; overview: Promise<Overview> } | null = null;
  return [
    route({
      method: 'get',
      path: '/api/overview',
      summary: 'Unfinished backfills, slots of the target jobs, and failures that wait for a person',
      handle: async () => {
        if (shared === null || Date.now() - shared.at > SHARED_MS) {
          shared = { at: Date.now(), overview: readOverview(plans, targets) };
        }
        return { status: 200, body: await shared.overview };
      },
    }),
  ];
}

async function readOverview(plans: PlanStore, reader: TargetReader): Promise<Overview> {
  const [targets, ids, latest] = await Promise.all([
    reader.targets(),
    reader.unfinished(),
    plans.list({ limit: LATEST }),
  ]);
  return {
    targets,
    unfinished: await Promise.all(ids.map((id) => plans.view(id))),
    failures: waitingFailures(latest.items),
    as_of: new Date().toISOString(),
  };
}

function waitingFailures(views: readonly BackfillView[]): WaitingFailures[] {
  const retried = new Set(views.map((view) => view.retry_of));
  return views
    .filter(({ id, finished_at, counts }) => finished_at !== null && counts.failed > 0 && !retried.has(id))
    .map(({ id, job, counts, finished_at }) => ({
      backfill_id: id,
      job,
      failed: counts.failed,
      finished_at,
    }));
}
