import { z } from 'zod';
import { LOG_STATUSES } from '../src/tables/log-row.ts';
import type { FoundLogColumns } from '../src/tables/log-search.ts';
import type { LogSummary } from '../src/tables/log-summary.ts';
import { ANSWERS, CountSchema, DaySchema, TimeSchema } from './answer-schemas.ts';

/** Any text: a notebook of the past may have written rows of a status that we do not have. */
const StatusSchema = z.string().meta({ examples: [...LOG_STATUSES] });

const LogRowAnswerSchema = z
  .strictObject({
    run_id: z.string(),
    position_date: DaySchema,
    job_name: z.string().nullable(),
    job_id: z.string().nullable(),
    status: StatusSchema,
    start_time: TimeSchema.nullable(),
    end_time: TimeSchema.nullable(),
    backfill_job_id: z.string().nullable(),
    error_message: z.string().nullable(),
    creator_user_name: z.string().nullable(),
    run_page_url: z.string().nullable(),
    retry_metadata: z.string().nullable(),
    backfill_id: z.string().nullable(),
    attempt: CountSchema.nullable(),
    position_end_date: DaySchema.nullable(),
    quality: z.string().nullable(),
    duration_seconds: z.int().nullable().exactOptional(),
  })
  .register(ANSWERS, { id: 'LogRow' }) satisfies z.ZodType<FoundLogColumns>;

/** GET /api/log. */
export const LogAnswerSchema = z
  .strictObject({
    items: z.array(LogRowAnswerSchema),
    next_cursor: z.string().nullable(),
    as_of: TimeSchema,
  })
  .register(ANSWERS, { id: 'Log' });

/** GET /api/log/summary. */
export const LogSummaryAnswerSchema = z
  .array(
    z.strictObject({
      status: StatusSchema,
      count: CountSchema,
      earliest_date: DaySchema.nullable(),
      latest_date: DaySchema.nullable(),
    }),
  )
  .register(ANSWERS, { id: 'LogSummary' }) satisfies z.ZodType<LogSummary[]>;
