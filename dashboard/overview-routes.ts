import type { PlanStore } from '../queues/plan/plan-store.ts';
import type { TargetReader } from '../queues/target-reader.ts';
import { type Overview, OverviewAnswerSchema } from './overview-answer.ts';
import { type Route, route } from './route.ts';
import { WaitingFailureFinder } from './waiting-failures.ts';

export interface OverviewRouteContext {
  readonly plans: PlanStore;
  readonly targets: TargetReader;
}

const LATEST = 100;
/** Several open pages ask at the same time; what one was told a moment ago is right for the others too. */
const SHARED_MS = 500;

/** What a person wants to see first. It asks Redis only. */
export function overviewRoutes(context: OverviewRouteContext): Route[] {
  const finder = new WaitingFailureFinder(context.plans);
  let shared: { at: number; overview: Promise<Overview> } | null = null;
  return [
    route({
      method: 'get',
      path: '/api/overview',
      summary:
        'Unfinished backfills, slots of the target jobs, and failures of the last 100 backfills that wait for a person',
      answers: { 200: OverviewAnswerSchema },
      handle: async () => {
        if (shared === null || Date.now() - shared.at > SHARED_MS) {
          shared = { at: Date.now(), overview: readOverview(context, finder) };
        }
        return { status: 200, body: await shared.overview };
      },
    }),
  ];
}

async function readOverview(
  { plans, targets: reader }: OverviewRouteContext,
  finder: WaitingFailureFinder,
): Promise<Overview> {
  const [targets, ids, latest] = await Promise.all([
    reader.targets(),
    reader.unfinished(),
    plans.list({ limit: LATEST }),
  ]);
  return {
    targets,
    unfinished: await Promise.all(ids.map((id) => plans.view(id))),
    failures: await finder.among(latest.items),
    failures_of_last: LATEST,
    as_of: new Date().toISOString(),
  };
}
