import { calendarNamed } from '../src/calendar/business-calendar.ts';
import { todayIn } from '../src/calendar/calendar-date.ts';
import type { Config } from '../src/config/config.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { declaredParameters } from '../src/jobs/declared-parameters.ts';
import { type ResolvedJob, resolveJob } from '../src/jobs/resolve-job.ts';
import { type RequestedDates, type SelectedDate, selectDates } from '../src/planning/date-selection.ts';
import { type PlanWindow, windowsOf } from '../src/planning/window-plan.ts';
import type { BackfillRequest } from './backfill-request.ts';
import { invalidRequest } from './request-issues.ts';

/** A request with its job found and its dates chosen; nothing has been stored. */
export interface PlannedBackfill {
  readonly request: BackfillRequest;
  readonly target: ResolvedJob;
  /** Days or windows, in the order in which they shall run. */
  readonly dates: readonly PlanWindow[];
}

/**
 * Checks all of a request that can be checked without the log.
 * @throws BackfillError invalid_request, unknown_job, ambiguous_job, undeclared_parameter, unknown_calendar,
 *   end_before_start, range_too_long, no_business_day, all_in_future, workspace_*
 */
export async function planBackfill(
  client: WorkspaceClient,
  config: Pick<Config, 'jobs' | 'calendars'>,
  request: BackfillRequest,
): Promise<PlannedBackfill> {
  // Dates first, as far as the request tells, so that a typo does not wait for the workspace.
  const asked = select(request, request.calendar ?? 'none', config);
  const target = await resolveJob(
    client,
    config,
    request.job_id === undefined ? { job: request.job ?? '' } : { jobId: request.job_id },
  );
  checkParameters(request, target);
  const days = request.calendar === undefined ? select(request, target.policy.calendar, config) : asked;
  const ascending = windowsOf(
    days.map((day) => ({ ...day, spanned: day.reason === 'not_business_day' })),
    target.policy.granularity,
  );
  return { request, target, dates: request.order === 'desc' ? ascending.reverse() : ascending };
}

function select(
  request: BackfillRequest,
  calendar: string,
  config: Pick<Config, 'calendars'>,
): SelectedDate[] {
  return selectDates(requestedDates(request), {
    excludeDates: request.exclude_dates,
    calendar: calendarNamed(calendar, config.calendars),
    today: todayIn('UTC', Date.now()),
  });
}

function requestedDates({ dates, start_date, end_date }: BackfillRequest): RequestedDates {
  if (dates !== undefined) return { dates };
  if (start_date !== undefined && end_date !== undefined) {
    return { startDate: start_date, endDate: end_date };
  }
  throw invalidRequest([{ field: 'start_date', message: 'expected start_date and end_date, or dates' }]);
}

function checkParameters({ parameters }: BackfillRequest, { job, policy }: ResolvedJob): void {
  for (const name of [policy.dateParameter, policy.endDateParameter]) {
    if (!Object.hasOwn(parameters, name)) continue;
    throw invalidRequest([
      { field: `parameters.${name}`, message: 'expected no value: every run gets its own date here' },
    ]);
  }
  // A notebook may read parameters that its task does not list; job parameters are all declared.
  if (policy.parameterStyle !== 'job_parameters') return;
  const declared = declaredParameters(job, policy.parameterStyle);
  const undeclared = Object.keys(parameters).filter((name) => !declared.includes(name));
  if (undeclared.length === 0) return;
  throw new BackfillError(
    'undeclared_parameter',
    `Job "${job.settings.name}" declares no parameter ${undeclared.map((name) => `"${name}"`).join(', ')} (it declares ${declared.join(', ')}). Correct the name, or add it to the job's parameters.`,
    { details: { job_id: job.jobId, parameters: undeclared, declared } },
  );
}
