import { createHash } from 'node:crypto';

/** An attempt's name everywhere: BullMQ job id, `run_id` of the log row, half of its token. */
export function attemptId(backfillId: string, positionDate: string, attempt: number): string {
  return `${backfillId}_${positionDate}_${attempt}`;
}

/** Databricks takes at most 64 characters. */
const TOKEN_LENGTH = 64;

/**
 * The token that makes run-now safe to repeat: the same attempt always posts the same token, so Databricks
 * answers with the run it has. `submission` rises only after a run was refused, for the token of a refused
 * run would return that run for ever.
 * @see https://docs.databricks.com/api/workspace/jobs/runnow idempotency_token
 */
export function idempotencyToken(key: {
  host: string;
  jobId: string;
  attemptId: string;
  submission: number;
}): string {
  return createHash('sha256')
    .update(JSON.stringify([key.host, key.jobId, key.attemptId, key.submission]))
    .digest('hex')
    .slice(0, TOKEN_LENGTH);
}
