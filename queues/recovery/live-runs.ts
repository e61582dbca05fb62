import type { Run } from '../../src/databricks/run.ts';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { formatDate } from '../../src/planning/date-format.ts';
import { isDaily } from '../../src/planning/granularity.ts';
import type { AttemptHistory } from '../../src/tables/attempt-history.ts';
import type { UnfinishedBackfill } from '../../src/tables/unfinished-backfills.ts';
import { daysOfDate } from '../plan/plan-text.ts';
import { grouped } from './grouped.ts';
import { attachRun, type RestoredDate, type RestoreRules } from './restored-date.ts';

/** A backfill on its way back into Redis. */
export interface LostBackfill {
  readonly backfill: UnfinishedBackfill;
  readonly history: AttemptHistory;
  /** Every date that was to run. */
  readonly dates: readonly RestoredDate[];
}

/** How far the clock of Databricks may be behind ours. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Every run of the job that is not terminated. */
export async function listLiveRuns(client: WorkspaceClient, jobId: string): Promise<Run[]> {
  const runs: Run[] = [];
  let pageToken: string | null = null;
  do {
    const page = await client.jobs.listRuns({
      jobId,
      activeOnly: true,
      limit: 24,
      ...(pageToken !== null && { pageToken }),
    });
    runs.push(...page.runs);
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return runs;
}

/**
 * Gives live runs that the log does not know to the dates that may have started them. The workspace does not
 * tell a run's token, so job and parameters have to do: a date gets a run only if it is the one live run with
 * all parameters that the date's own run would have, not older than the backfill, and if no other backfill
 * holds or takes the date.
 *
 * @param lost in the order in which the backfills are served.
 * @param claims day -> id of the backfill in Redis that holds it.
 */
export function attachLiveRuns(
  lost: readonly LostBackfill[],
  live: readonly Run[],
  claims: Readonly<Record<string, string>>,
  rules: Pick<RestoreRules, 'nowIso'>,
): LostBackfill[] {
  const known = new Set(lost.flatMap(({ dates }) => dates.map(({ record }) => record?.run_id)));
  const unknown = live.filter(({ runId }) => !known.has(runId));
  const taken = new Set(Object.keys(claims));
  for (const { dates } of lost) {
    for (const date of dates) if (date.letter === 'r') for (const day of daysOfDate(date)) taken.add(day);
  }
  return lost.map((one) => {
    const { backfill } = one;
    const settings = backfill.request.settings.run_settings;
    const windowed = !isDaily(settings.granularity);
    const windowKey = (first = '', last = '') => (windowed ? `${first} ${last}` : first);
    const written = (day: string) => formatDate(day, settings.date_format);
    const candidates = unknown.filter((run) => mayBelongTo(backfill, run));
    const byWindow = grouped(candidates, ({ parameters }) =>
      windowKey(parameters[settings.date_parameter], parameters[settings.end_date_parameter]),
    );
    const dates = one.dates.map((date) => {
      const key = windowKey(written(date.positionDate), written(date.endDate ?? date.positionDate));
      const [run, ...others] = byWindow.get(key) ?? [];
      const days = daysOfDate(date);
      if (!date.open || !run || others.length > 0 || days.some((day) => taken.has(day))) return date;
      for (const day of days) taken.add(day);
      return attachRun(backfill.id, date, run, rules);
    });
    return { ...one, dates };
  });
}

function mayBelongTo({ createdAtMs, request }: UnfinishedBackfill, run: Run): boolean {
  const { parameters } = request.settings.run_settings;
  if (run.startTimeMs !== 0 && run.startTimeMs < createdAtMs - CLOCK_TOLERANCE_MS) return false;
  return Object.entries(parameters).every(([name, value]) => run.parameters[name] === value);
}
