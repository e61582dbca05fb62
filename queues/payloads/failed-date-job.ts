import { z } from 'zod';
import type { AttemptRecord } from '../plan/attempt-record.ts';

const text = z.string().nullable().default(null);

/** Payload of a job in `failed-dates`: a failed attempt and its cause. Every text has a bounded length. */
export const FailedDateJobSchema = z.object({
  v: z.literal(1),
  job_id: z.string(),
  backfill_id: z.string(),
  position_date: z.string(),
  attempt: z.number().int().positive(),
  attempt_id: z.string(),
  failure_class: z.string(),
  /** Termination code of Databricks, or one of ours such as RUN_DELETED. */
  termination_code: text,
  /** The run's own words. */
  message: text,
  /** What the failed task raised (`runs/get-output`), and the end of its trace. */
  task_error: text,
  task_trace: text,
  error_message: z.string(),
  run_id: z.string().nullable(),
  run_page_url: z.string().nullable(),
});

export type FailedDateJob = z.output<typeof FailedDateJobSchema>;

/** The job of a failed attempt, as the plan knows the attempt. */
export function failedDateJob(
  date: { jobId: string; backfillId: string; positionDate: string },
  record: AttemptRecord,
): FailedDateJob {
  const { cause } = record;
  return {
    v: 1,
    job_id: date.jobId,
    backfill_id: date.backfillId,
    position_date: date.positionDate,
    attempt: record.attempt,
    attempt_id: record.attempt_id,
    failure_class: record.failure_class ?? 'platform',
    termination_code: cause?.termination_code ?? null,
    message: cause?.message ?? null,
    task_error: cause?.task_error ?? null,
    task_trace: cause?.task_trace ?? null,
    error_message: record.error_message ?? '',
    run_id: record.run_id ?? null,
    run_page_url: record.run_page_url ?? null,
  };
}
