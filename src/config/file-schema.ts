import { z } from 'zod';
import { isDateFormat } from '../planning/date-format.ts';
import { MAX_WINDOW_DAYS, parseGranularity } from '../planning/granularity.ts';
import { accessKeys } from './access-schema.ts';
import { alertPolicySection, alertsSection } from './alert-schema.ts';
import { qualitySection } from './quality-section.ts';
import { retryScheduleSection } from './retry-schedule.ts';
import {
  bindAddress,
  calendarDate,
  databricksId,
  duration,
  httpUrl,
  integer,
  oneOf,
  parameterName,
  parameterValue,
  percentage,
  port,
  redisPrefix,
  redisUrl,
  requestRate,
  tableNamePart,
  text,
  valueSchema,
} from './value-schema.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** A day of the week by its English name; gives 0 for Sunday to 6 for Saturday. */
const dayOfWeek = valueSchema('a day of the week such as "friday"', (value) => {
  const day = WEEKDAYS.indexOf(String(value).toLowerCase());
  return day === -1 ? undefined : day;
});

const localityCode = text('a code of date-holidays such as "US" or "BY"', /^[A-Za-z0-9]{1,20}$/);

/** `backfill.calendars.<name>` */
export const calendarSection = z.strictObject({
  country: localityCode.optional(),
  state: localityCode.optional(),
  region: localityCode.optional(),
  weekend: z.array(dayOfWeek).optional(),
  add: z.array(calendarDate).optional(),
  remove: z.array(calendarDate).optional(),
});

const dateFormat = valueSchema(
  'a format with year (yyyy or yy), month (MM or M) and day (dd or d) once each, such as "yyyyMMdd" or "dd/MM/yyyy"; other letters stand in single quotes',
  (value) => (typeof value === 'string' && isDateFormat(value) ? value : undefined),
);

const granularity = valueSchema(
  `"day", "week", "month", or 1 to ${MAX_WINDOW_DAYS} days such as "5 days" or "7 days from 2024-01-07"`,
  (value) => (typeof value === 'string' ? parseGranularity(value) : undefined),
);
const tablePath = text('a table as catalog.schema.table', /^[^.\s]+\.[^.\s]+\.[^.\s]+$/);

/** `backfill.jobs.<key>`: how the dates of a job are backfilled. */
export const jobSection = z.strictObject({
  job_id: databricksId.optional(),
  /** Applied only where it is named, by `jobs apply --job`. */
  optional: z.boolean({ error: 'true or false' }).optional(),
  name: text('the name of a job, 1 to 4096 characters', /^.{1,4096}$/su).optional(),
  date_parameter: parameterName.optional(),
  date_format: dateFormat.optional(),
  end_date_parameter: parameterName.optional(),
  parameter_style: oneOf('job_parameters', 'notebook_params').optional(),
  parameters: z.record(parameterName, parameterValue).optional(),
  calendar: text('the name of a calendar', /^\S{1,80}$/).optional(),
  granularity: granularity.optional(),
  headroom: integer(0, 1_000).optional(),
  max_attempts: integer(1, 100).optional(),
  retry_delay: duration(0, DAY_MS).optional(),
  max_retry_delay: duration(0, 7 * DAY_MS).optional(),
  run_deadline: duration(SECOND_MS, 60 * DAY_MS).optional(),
  success_with_failures: oneOf('warn', 'fail').optional(),
  quality: qualitySection.optional(),
  alerts: alertPolicySection.optional(),
  lineage: z
    .strictObject({ inputs: z.array(tablePath).optional(), outputs: z.array(tablePath).optional() })
    .optional(),
});

const key = text('a key of letters, digits, "_", "." and "-"', /^(?!__proto__$)[\p{L}\p{N}_.-]{1,255}$/u);

/** The section `backfill` of the file. Every key is optional; unknown keys are refused. */
export const backfillSection = z.strictObject({
  catalog: tableNamePart.optional(),
  schema: tableNamePart.optional(),
  layout: oneOf('partition', 'cluster').optional(),
  calendar: z.strictObject({ from: calendarDate.optional(), to: calendarDate.optional() }).optional(),
  retention_days: integer(1, 3_650).optional(),
  log_level: oneOf(...LOG_LEVELS).optional(),
  redis: z.strictObject({ url: redisUrl.optional(), prefix: redisPrefix.optional() }).optional(),
  web: z
    .strictObject({
      port: port.optional(),
      bind: bindAddress.optional(),
      log_cache: duration(0, HOUR_MS).optional(),
      ...accessKeys,
    })
    .optional(),
  worker: z
    .strictObject({
      port: port.optional(),
      concurrency: integer(1, 100_000).optional(),
      lock_duration: duration(SECOND_MS, HOUR_MS).optional(),
      stalled_interval: duration(100, HOUR_MS).optional(),
      feed_interval: duration(100, HOUR_MS).optional(),
      limit_interval: duration(100, HOUR_MS).optional(),
      watch_percent: percentage.optional(),
      requests_per_second: requestRate.optional(),
      log_flush_interval: duration(0, HOUR_MS).optional(),
      handover: duration(0, HOUR_MS).optional(),
    })
    .optional(),
  retries: z.strictObject({ schedules: z.record(key, retryScheduleSection).optional() }).optional(),
  calendars: z.record(key, calendarSection).optional(),
  alerts: alertsSection.optional(),
  lineage: z
    .strictObject({
      url: httpUrl.optional(),
      api_key: text('a key without blanks', /^\S+$/).optional(),
      namespace: text('a name without blanks', /^\S{1,255}$/).optional(),
    })
    .optional(),
  telemetry: z.strictObject({ endpoint: httpUrl.optional() }).optional(),
  jobs: z.record(key, jobSection).optional(),
});

export type BackfillSection = z.output<typeof backfillSection>;

function count(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/**
 * `resources.jobs.<key>`: settings of the Jobs API, kept verbatim. Only what this product relies on is
 * checked; the API judges the rest. Source of the limits: Jobs API 2.2, jobs/create.
 */
export const jobSettings = z.looseObject({
  name: z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }).optional(),
  max_concurrent_runs: count(0, 1_000).optional(),
  timeout_seconds: count(0, 2_147_483_647).optional(),
  tags: z.record(z.string(), z.string({ error: 'a text; put it in quotes' })).optional(),
  tasks: z
    .array(
      z.looseObject({
        task_key: z.string({ error: 'a text that names the task' }),
        timeout_seconds: count(0, 2_147_483_647).optional(),
        max_retries: count(-1, 2_147_483_647).optional(),
        min_retry_interval_millis: count(0, 2_147_483_647).optional(),
      }),
    )
    .optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string({ error: 'a text' }),
        default: z.string({ error: 'a text; put it in quotes' }),
      }),
    )
    .optional(),
});
