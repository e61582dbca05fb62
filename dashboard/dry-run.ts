import type { Outbox } from '../queues/outbox/outbox.ts';
import type { PlanStore } from '../queues/plan/plan-store.ts';
import type { SelectedDate } from '../src/planning/date-selection.ts';
import { reasonAgainst } from '../src/planning/date-verdicts.ts';
import { type DateHistory, readDateHistory } from '../src/tables/date-history.ts';
import type { PlannedBackfill } from './planned-backfill.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

export type Verdict = 'run' | 'skip' | 'wait';

/** What would become of a date if the backfill started now. */
export interface DateVerdict {
  position_date: string;
  verdict: Verdict;
  reason: SelectedDate['reason'] | 'already_succeeded' | 'not_failed' | 'claimed';
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
  { plans, outbox }: { plans: PlanStore; outbox: Outbox },
  planned: PlannedBackfill,
): Promise<DryRun> {
  const { reprocess } = planned.request;
  const history = reprocess === 'all' ? new Map() : await historyOf(access, outbox, planned);
  const claims = await plans.claims(planned.target.jobId);
  const dates = planned.dates.map((date): DateVerdict => {
    const position_date = date.positionDate;
    const reason = date.reason ?? reasonAgainst(reprocess, history.get(date.positionDate));
    if (reason !== null) return { position_date, verdict: 'skip', reason };
    if (Object.hasOwn(claims, position_date)) return { position_date, verdict: 'wait', reason: 'claimed' };
    return { position_date, verdict: 'run', reason: null };
  });
  return { counts: countsOf(dates), dates };
}

async function historyOf(
  access: WorkspaceAccess,
  outbox: Outbox,
  { target, dates }: PlannedBackfill,
): Promise<Map<string, DateHistory>> {
  const asked = dates.filter(({ verdict }) => verdict === 'run').map(({ positionDate }) => positionDate);
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
