import { BackfillError } from '../errors/backfill-error.ts';
import type { Config, JobConfig } from './config.ts';
import { didYouMean } from './near-match.ts';

/**
 * The job of a key, which may be its name; without one, every job but those that have to be named.
 *
 * @throws BackfillError `unknown_job`
 */
export function configuredJobs({ jobs }: Pick<Config, 'jobs'>, key: string | undefined): JobConfig[] {
  const all = Object.values(jobs);
  if (key === undefined) return all.filter((job) => job.optional !== true);
  const found = all.find((job) => job.key === key) ?? all.find((job) => job.name === key);
  if (found !== undefined) return [found];
  const keys = all.map((job) => job.key);
  throw new BackfillError(
    'unknown_job',
    `The configuration has no job "${key}".${didYouMean(key, keys)} Its jobs are: ${keys.join(', ') || 'none'}.`,
    { details: { job: key } },
  );
}
