import type { JobPolicy } from '../config/config.ts';

/** Policy of a job that the configuration does not mention. */
export const DEFAULT_JOB_POLICY: JobPolicy = {
  dateParameter: 'position_date',
  endDateParameter: 'position_end_date',
  parameterStyle: 'job_parameters',
  parameters: {},
  calendar: 'US',
  headroom: 0,
  maxAttempts: 3,
  retryDelayMs: 60_000,
  maxRetryDelayMs: 900_000,
  runDeadlineMs: null,
  successWithFailures: 'warn',
};
