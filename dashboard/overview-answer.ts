import { z } from 'zod';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { TargetView } from '../queues/target-reader.ts';
import { ANSWERS, BackfillAnswerSchema, CountSchema, TimeSchema } from './answer-schemas.ts';
import type { WaitingFailures } from './waiting-failures.ts';

/** What goes on right now (GET /api/overview). */
export interface Overview {
  targets: TargetView[];
  /** Every backfill that has not ended, newest first. */
  unfinished: BackfillView[];
  failures: WaitingFailures[];
  /** Of how many backfills, counted from the newest, `failures` tells; older ones are not looked at. */
  failures_of_last: number;
  /** ISO 8601, UTC. */
  as_of: string;
}

const TargetSchema = z
  .strictObject({
    job_id: z.string(),
    job: z.string(),
    /** Negative where the headroom is more than max_concurrent_runs. */
    limit: z.int(),
    live_runs: CountSchema,
    queued: CountSchema,
    typical_run_seconds: z.number().nullable(),
    refusal_reason: z.string().nullable(),
  })
  .register(ANSWERS, { id: 'TargetJob' }) satisfies z.ZodType<TargetView>;

const WaitingFailuresSchema = z
  .strictObject({
    backfill_id: z.uuid(),
    job: z.string(),
    failed: CountSchema,
    cancelled: CountSchema,
    finished_at: TimeSchema.nullable(),
  })
  .register(ANSWERS, { id: 'WaitingFailures' }) satisfies z.ZodType<WaitingFailures>;

/** GET /api/overview. */
export const OverviewAnswerSchema = z
  .strictObject({
    targets: z.array(TargetSchema),
    unfinished: z.array(BackfillAnswerSchema),
    failures: z.array(WaitingFailuresSchema),
    failures_of_last: CountSchema,
    as_of: TimeSchema,
  })
  .register(ANSWERS, { id: 'Overview' }) satisfies z.ZodType<Overview>;
