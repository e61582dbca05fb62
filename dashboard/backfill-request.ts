import { z } from 'zod';
import { DATE_LETTERS } from '../queues/plan/date-letter.ts';
import { parseCalendarDate } from '../src/calendar/calendar-date.ts';
import { ReprocessSchema } from '../src/planning/date-verdicts.ts';
import { MaxActiveRunsSchema, PrioritySchema } from './control-request.ts';

/** A calendar date of a request, such as 2024-06-03. */
export const DateSchema = z
  .string()
  .transform((text, context) => {
    const date = parseCalendarDate(text);
    if (date !== null) return date;
    const shown = JSON.stringify(text.slice(0, 40));
    context.addIssue({ code: 'custom', message: `expected a date that exists, as YYYY-MM-DD, not ${shown}` });
    return z.NEVER;
  })
  .meta({ format: 'date' });

/** Databricks ids exceed 2^53, so they are strings everywhere. */
export const JobIdSchema = z
  .string({ error: 'expected the id as a string of digits; as a number it would lose digits' })
  .regex(/^\d{1,19}$/, 'expected the id as a string of at most 19 digits');

/** Key in the configuration or name in the workspace. Databricks allows names of 4,096 bytes. */
export const JobNameSchema = z.string().min(1).max(4096);

/**
 * A job parameter's name, as the Jobs API takes it.
 * @see https://docs.databricks.com/api/workspace/jobs/runnow job_parameters
 */
const ParameterNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+$/, 'expected a parameter name of letters, digits, "_", "." and "-"');

/** Databricks takes 10,000 bytes of JSON for the parameters of a run. */
const MAX_PARAMETER_BYTES = 10_000;

const ParametersSchema = z.record(z.string(), z.string()).superRefine((parameters, context) => {
  for (const name of Object.keys(parameters)) {
    const problem = ParameterNameSchema.safeParse(name).error?.issues[0];
    if (problem) context.addIssue({ code: 'custom', path: [name], message: problem.message });
  }
  if (Buffer.byteLength(JSON.stringify(parameters)) > MAX_PARAMETER_BYTES) {
    context.addIssue({
      code: 'custom',
      message: `expected at most ${MAX_PARAMETER_BYTES} bytes, which is what Databricks takes`,
    });
  }
});

/** Body of POST /api/backfills. */
export const BackfillRequestSchema = z
  .strictObject({
    job: JobNameSchema.optional(),
    job_id: JobIdSchema.optional(),
    start_date: DateSchema.optional(),
    end_date: DateSchema.optional(),
    dates: z.array(DateSchema).min(1).optional(),
    exclude_dates: z.array(DateSchema).default([]),
    /** Name of a calendar; the job's by default. */
    calendar: z.string().min(1).max(100).optional(),
    reprocess: ReprocessSchema.default('missing'),
    order: z.enum(['asc', 'desc']).default('asc'),
    /** Most runs of this backfill at a time; the job's limit by default. */
    max_active_runs: MaxActiveRunsSchema.optional(),
    priority: PrioritySchema.default(100),
    /** Sent with every run beside the date. */
    parameters: ParametersSchema.default({}),
    /** Of a date whose attempts the platform fails; the job's by default. */
    max_attempts: z.int().min(1).max(100).optional(),
    /** The backfill pauses when so many dates have failed. */
    stop_after_failures: z.int().min(1).optional(),
    reason: z.string().max(1000).optional(),
    dry_run: z.boolean().default(false),
  })
  .superRefine((request, context) => {
    const problem = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (request.job === undefined && request.job_id === undefined) {
      problem('job', 'expected the name or key of a job here, or its id in job_id');
    }
    if (request.job !== undefined && request.job_id !== undefined) {
      problem('job_id', 'expected either job or job_id, not both');
    }
    const range = request.start_date !== undefined || request.end_date !== undefined;
    if (range && request.dates !== undefined) {
      problem('dates', 'expected either dates or start_date and end_date, not both');
    } else if (!range && request.dates === undefined) {
      problem('start_date', 'expected start_date and end_date, or dates');
    } else if (range && request.end_date === undefined) {
      problem('end_date', 'expected a date beside start_date');
    } else if (range && request.start_date === undefined) {
      problem('start_date', 'expected a date beside end_date');
    }
  });

export type BackfillRequest = z.output<typeof BackfillRequestSchema>;

/** Header Idempotency-Key: the same key and body answer the same backfill for 24 hours. */
export const IdempotencyKeySchema = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters');

/** Query of a list: how many, and where the last page ended. */
export const PageSchema = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'expected a whole number from 1 to 200')
    .transform(Number)
    .pipe(z.int().min(1).max(200))
    .default(50),
  cursor: z.string().min(1).max(1000).optional(),
});

const STATES = [...new Set(Object.values(DATE_LETTERS).map(({ state }) => state))];

/** Query of GET /api/backfills/:id/dates. */
export const DatesQuerySchema = z.strictObject({ state: z.enum(STATES).optional() });
