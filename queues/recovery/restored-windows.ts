import type { CalendarDate } from '../../src/calendar/calendar-date.ts';
import { isDaily } from '../../src/planning/granularity.ts';
import { type DayVerdicts, daysOf, type PlanWindow, settledWindows } from '../../src/planning/window-plan.ts';
import type { AttemptHistory } from '../../src/tables/attempt-history.ts';
import type { StoredPlan } from '../../src/tables/backfill-request.ts';
import type { UnfinishedBackfill } from '../../src/tables/unfinished-backfills.ts';

/** The dates that were to run, as the row of `backfills` has them. */
export function storedWindows({ run, ends }: StoredPlan): PlanWindow[] {
  return run.map((date) => ({
    positionDate: date as CalendarDate,
    endDate: (ends[date] ?? date) as CalendarDate,
    reason: null,
  }));
}

/**
 * Whether the windows of a backfill are others than its row says: the row is from before its verdicts, which
 * may have split them, and some have started since.
 */
export function mayBeSplit({ request }: UnfinishedBackfill, history: AttemptHistory): boolean {
  const { plan, settings } = request;
  if (plan.settled || settings.reprocess === 'all' || isDaily(settings.run_settings.granularity))
    return false;
  return history.latest.size > 0 || history.skipped.size > 0;
}

/** The windows of such a backfill: those that started, as the log has them; the rest cut as a worker would. */
export function splitWindows(
  { request: { plan, settings } }: UnfinishedBackfill,
  history: AttemptHistory,
  verdicts: DayVerdicts,
): PlanWindow[] {
  const started = [...history.latest.values()].map(
    ({ positionDate, positionEndDate }): PlanWindow => ({
      positionDate: positionDate as CalendarDate,
      endDate: positionEndDate as CalendarDate,
      reason: null,
    }),
  );
  const taken = new Set(started.flatMap(daysOf));
  const noBusinessDays = plan.skip.not_business_day.map(
    (date): PlanWindow => ({
      positionDate: date as CalendarDate,
      endDate: date as CalendarDate,
      reason: 'not_business_day',
    }),
  );
  const rest = settledWindows(
    [...storedWindows(plan), ...noBusinessDays],
    settings.run_settings.granularity,
    {
      reasonAgainst: (day) => (taken.has(day) ? 'already_succeeded' : verdicts.reasonAgainst(day)),
      isDone: (day) => taken.has(day) || verdicts.isDone(day),
    },
  );
  const others = rest.filter(
    ({ positionDate, reason }) => reason !== 'not_business_day' && !taken.has(positionDate),
  );
  return [...started, ...others];
}
