import { z } from 'zod';
import type { FailedDateChoice } from '../../src/planning/failed-dates.ts';

/** Failed dates of one job that run again with the same parameters, as one backfill. */
const SweepGroupSchema = z.object({
  job_id: z.string(),
  job: z.string(),
  parameters: z.record(z.string(), z.string()),
  /** The one backfill that they all failed in, or null. */
  retry_of: z.string().nullable(),
  dates: z
    .array(z.object({ position_date: z.string(), position_end_date: z.string(), failed_attempt: z.string() }))
    .min(1),
});

/** A failed date that is not run again, and why; REST tells it of sweeps and of retries. */
const LeftOutSchema = z.object({
  job_id: z.string(),
  job: z.string(),
  position_date: z.string(),
  reason: z.enum(['configuration', 'cancelled', 'live']),
});

/** What a sweep has chosen, before it starts anything; JSON, so that a firing can keep it. */
export const SweepChoiceSchema = z.object({
  groups: z.array(SweepGroupSchema),
  /** Failed dates that are not run again, at most {@link MAX_LEFT_OUT}. */
  left_out: z.array(LeftOutSchema),
  /** How many more dates the limit kept out. */
  remaining: z.number(),
});

export type LeftOut = z.output<typeof LeftOutSchema>;
export type SweepGroup = z.output<typeof SweepGroupSchema>;
export type SweepChoice = z.output<typeof SweepChoiceSchema>;

const MAX_LEFT_OUT = 200;

/** Groups chosen dates by job and by the parameters that their backfill was asked with. */
export function sweepChoice(
  { chosen, leftOut, remaining }: FailedDateChoice,
  parametersOf: (backfillId: string | null) => Record<string, string>,
): SweepChoice {
  const groups = new Map<string, SweepGroup>();
  for (const { jobId, jobName, positionDate, positionEndDate, failedAttempt, backfillId } of chosen) {
    const parameters = parametersOf(backfillId);
    const key = JSON.stringify([jobId, Object.entries(parameters).sort()]);
    const date = {
      position_date: positionDate,
      position_end_date: positionEndDate,
      failed_attempt: failedAttempt,
    };
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { job_id: jobId, job: jobName, parameters, retry_of: backfillId, dates: [date] });
      continue;
    }
    group.dates.push(date);
    if (group.retry_of !== backfillId) group.retry_of = null;
  }
  return {
    groups: [...groups.values()],
    left_out: leftOut.slice(0, MAX_LEFT_OUT).map(({ jobId, jobName, positionDate, reason }) => ({
      job_id: jobId,
      job: jobName,
      position_date: positionDate,
      reason,
    })),
    remaining,
  };
}
