import type { z } from 'zod';
import { ISO_DATE_FORMAT } from '../planning/date-format.ts';
import { DAILY } from '../planning/granularity.ts';
import type { Config, JobPolicy } from './config.ts';
import type { jobSection } from './file-schema.ts';
import { qualityOf } from './quality-section.ts';

/** Policy of a job that the configuration does not mention, and of every key that it leaves out. */
export const defaultPolicy: JobPolicy = Object.freeze({
  dateParameter: 'position_date',
  dateFormat: ISO_DATE_FORMAT,
  endDateParameter: 'position_end_date',
  parameterStyle: 'job_parameters',
  parameters: Object.freeze({}),
  calendar: 'US',
  granularity: DAILY,
  headroom: 0,
  maxAttempts: 3,
  retryDelayMs: 30_000,
  maxRetryDelayMs: 600_000,
  runDeadlineMs: null,
  successWithFailures: 'warn',
  quality: null,
});

/**
 * The policy of a live job: that of the configured job with its id, else of the configured job with its
 * name that has no id of its own, else {@link defaultPolicy}.
 */
export function policyFor(
  config: Pick<Config, 'jobs'>,
  job: { readonly jobId: string; readonly name: string },
): JobPolicy {
  const configured = Object.values(config.jobs);
  const found =
    configured.find(({ jobId }) => jobId === job.jobId) ??
    configured.find(({ jobId, name }) => jobId === null && name === job.name);
  return found?.policy ?? defaultPolicy;
}

/** The policy that a section of `backfill.jobs` describes. */
export function policyOf(section: z.output<typeof jobSection>): JobPolicy {
  const retryDelayMs = section.retry_delay ?? defaultPolicy.retryDelayMs;
  return {
    dateParameter: section.date_parameter ?? defaultPolicy.dateParameter,
    dateFormat: section.date_format ?? defaultPolicy.dateFormat,
    endDateParameter: section.end_date_parameter ?? defaultPolicy.endDateParameter,
    parameterStyle: section.parameter_style ?? defaultPolicy.parameterStyle,
    parameters: section.parameters ?? {},
    calendar: section.calendar ?? defaultPolicy.calendar,
    granularity: section.granularity ?? defaultPolicy.granularity,
    headroom: section.headroom ?? defaultPolicy.headroom,
    maxAttempts: section.max_attempts ?? defaultPolicy.maxAttempts,
    retryDelayMs,
    // A long first delay alone is no contradiction: only two given delays can be one.
    maxRetryDelayMs: section.max_retry_delay ?? Math.max(defaultPolicy.maxRetryDelayMs, retryDelayMs),
    runDeadlineMs: section.run_deadline ?? defaultPolicy.runDeadlineMs,
    successWithFailures: section.success_with_failures ?? defaultPolicy.successWithFailures,
    quality: section.quality === undefined ? null : qualityOf(section.quality),
  };
}
