import type { Outbox } from '../queues/outbox/outbox.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import { dayVerdicts } from '../src/planning/date-verdicts.ts';
import { daysOf, type PlanReason, settledWindows } from '../src/planning/window-plan.ts';
import { type DateHistory, readDateHistory } from '../src/tables/date-history.ts';
import type { PlannedBackfill } from './planned-backfill.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

export type Verdict = 'run' | 'skip' | 'wait';

/** What would become of a date if the backfill started now. */
export interface DateVerdict {
  position_date: string;
  /** Last day of its window; the date itself where it is one day. */
  position_end_date: string;
  verdict: Verdict;
  reason: PlanReason | 'claimed' | null;
}

export interface DryRun {
  counts: Record<Verdict | 'total', number>;
  dates: DateVerdict[];
}

const WAREHOUSE_DEADLINE_MS = 90_000;

/**
 * Says what a backfill would do and does nothing. `reprocess: all` asks no log; else the warehouse is waited
 * for up to 90 s.
 * @throws BackfillError warehouse_unavailable, warehouse_missing, tables_missing, statement_failed
 */
export async function dryRun(
  access: WorkspaceAccess,
  { plans, outbox }: { plans: PlanReader; outbox: Outbox },
  planned: PlannedBackfill,
): Promise<DryRun> {
  const { reprocess } = planned.request;
  const history = reprocess === 'all' ? new Map() : await historyOf(access, outbox, planned);
  const claims = await plans.claims(planned.target.jobId);
  const { granularity } = planned.target.policy;
  const windows = settledWindows(planned.dates, granularity, dayVerdicts(reprocess, history));
  const dates = windows.map((window): DateVerdict => {
    const dates = { position_date: window.positionDate, position_end_date: window.endDate };
    if (window.reason !== null) return { ...dates, verdict: 'skip', reason: window.reason };
    const claimed = daysOf(window).some((day) => Object.hasOwn(claims, day));
    return claimed
      ? { ...dates, verdict: 'wait', reason: 'claimed' }
      : { ...dates, verdict: 'run', reason: null };
  });
  if (planned.request.order === 'desc') dates.reverse();
  return { counts: countsOf(dates), dates };
}

async function historyOf(
  access: WorkspaceAccess,
  outbox: Outbox,
  { target, dates }: PlannedBackfill,
): Promise<Map<string, DateHistory>> {
  const asked = dates.filter(({ reason }) => reason === null).flatMap(daysOf);
  const sorted = asked.sort();
  const [startDate, endDate] = [sorted[0], sorted.at(-1)];
  if (startDate === undefined || endDate === undefined) return new Map();
  const range = { jobId: target.jobId, startDate, endDate };
  const pending = await outbox.attemptRows(target.jobId);
  return access.read(WAREHOUSE_DEADLINE_MS, (warehouse, tables) =>
    readDateHistory(warehouse, tables, range, pending),
  );
}

function countsOf(dates: readonly DateVerdict[]): DryRun['counts'] {
  const counts = { run: 0, skip: 0, wait: 0, total: dates.length };
  for (const { verdict } of dates) counts[verdict] += 1;
  return counts;
}
