import { z } from 'zod';
import type { TrendDay, Trends } from '../src/tables/trends.ts';
import { ANSWERS, CountSchema, DaySchema, TimeSchema } from './answer-schemas.ts';

/** Body of GET /api/trends; `job` as it was asked for, null for all jobs together. */
export interface TrendAnswer extends Trends {
  readonly job: string | null;
}

const TrendDaySchema = z
  .strictObject({
    day: DaySchema,
    succeeded: CountSchema,
    failed: CountSchema,
    cancelled: CountSchema,
    median_seconds: z.number().nullable(),
    p95_seconds: z.number().nullable(),
  })
  .register(ANSWERS, { id: 'TrendDay' }) satisfies z.ZodType<TrendDay>;

/** GET /api/trends. */
export const TrendAnswerSchema = z
  .strictObject({
    job: z.string().nullable(),
    days: z.array(TrendDaySchema),
    retries: z.array(z.strictObject({ reason: z.string(), count: CountSchema })),
    as_of: TimeSchema,
  })
  .register(ANSWERS, { id: 'Trends' }) satisfies z.ZodType<TrendAnswer>;
