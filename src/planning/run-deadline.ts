import type { JobPolicy } from '../config/config.ts';
import type { Job, JobTask } from '../databricks/job.ts';

/** A run may outlast what its job declares by this factor: clusters start, the platform cleans up. */
const MARGIN = 1.25;
const DEFAULT_DEADLINE_MS = 24 * 60 * 60 * 1000;

/**
 * How long a run may take from its start before we cancel it, in milliseconds: the policy's `run_deadline`,
 * else 1.25 x (timeout + retry wait) x (max_retries + 1) of the live job, else a day where neither the job
 * nor every one of its tasks has an end of its own. It must lie above what the platform enforces itself, so
 * tasks are taken to run one after the other.
 */
export function runDeadlineMs(policy: Pick<JobPolicy, 'runDeadlineMs'>, job: Job): number {
  if (policy.runDeadlineMs !== null) return policy.runDeadlineMs;
  const { tasks, timeoutSeconds } = job.settings;
  const ofTasks = tasks.reduce((sumMs, task) => sumMs + longestMs(task.timeoutSeconds, [task]), 0);
  const declaredMs = Math.min(longestMs(timeoutSeconds, tasks), ofTasks || Number.POSITIVE_INFINITY);
  return Number.isFinite(declaredMs) ? Math.ceil(MARGIN * declaredMs) : DEFAULT_DEADLINE_MS;
}

/** Of the tasks under one timeout; a timeout of 0 and retries of -1 mean without end. */
function longestMs(timeoutSeconds: number, tasks: readonly JobTask[]): number {
  const endless = timeoutSeconds === 0 || tasks.some(({ maxRetries }) => maxRetries < 0);
  if (endless) return Number.POSITIVE_INFINITY;
  const retries = Math.max(0, ...tasks.map(({ maxRetries }) => maxRetries));
  const waitMs = Math.max(0, ...tasks.map((task) => task.minRetryIntervalMs));
  return (timeoutSeconds * 1000 + waitMs) * (retries + 1);
}
