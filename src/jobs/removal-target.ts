import type { Config } from '../config/config.ts';
import { BackfillError } from '../errors/backfill-error.ts';

/**
 * The job to delete: by its id, or by a key of the configuration, which may name an id, or by its name.
 *
 * @throws BackfillError `invalid_request` unless exactly one of them is given.
 */
export function targetToRemove(
  { jobs }: Pick<Config, 'jobs'>,
  sought: { job?: string | undefined; jobId?: string | undefined },
): { name: string; jobId: string | null } {
  const { job, jobId } = sought;
  if ((job === undefined) === (jobId === undefined)) {
    throw new BackfillError(
      'invalid_request',
      'Name the job by its key or name, or by its id (--job-id, job_id); one of them.',
    );
  }
  if (jobId !== undefined) return { name: jobId, jobId };
  const configured = Object.values(jobs).find(({ key }) => key === job);
  return configured ?? { name: job ?? '', jobId: null };
}
