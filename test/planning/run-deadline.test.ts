import type { Job, JobTask } from '../../src/databricks/job.ts';
import { runDeadlineMs } from '../../src/planning/run-deadline.ts';

const DAY_MS = 86_400_000;

function job(timeoutSeconds: number, ...tasks: Partial<JobTask>[]): Job {
  return {
    jobId: '1',
    createdTimeMs: 0,
    creatorUserName: null,
    rawSettings: {},
    settings: {
      name: 'nightly',
      maxConcurrentRuns: 1,
      queueEnabled: true,
      timeoutSeconds,
      parameters: [],
      tags: {},
      tasks: tasks.map((task, index) => ({
        taskKey: `t${index}`,
        maxRetries: 0,
        minRetryIntervalMs: 0,
        retryOnTimeout: false,
        timeoutSeconds: 0,
        notebookBaseParameters: {},
        ...task,
      })),
    },
  };
}

describe('The deadline of a run', () => {
  const of = (live: Job) => runDeadlineMs({ runDeadlineMs: null }, live);

  it('is the one of the configuration where there is one', () => {
    expect(runDeadlineMs({ runDeadlineMs: 5_000 }, job(1800))).toBe(5_000);
  });

  it('covers every retry of the task with its wait, and a quarter more', () => {
    const retried = { maxRetries: 3, minRetryIntervalMs: 60_000, timeoutSeconds: 1800 };
    expect(of(job(0, retried))).toBe(1.25 * (1_800_000 + 60_000) * 4);
  });

  it('follows the timeout of the job where its tasks have none', () => {
    expect(of(job(600, { maxRetries: 1, minRetryIntervalMs: 30_000 }))).toBe(1.25 * 630_000 * 2);
    expect(of(job(600))).toBe(1.25 * 600_000);
  });

  it('takes tasks to run one after the other', () => {
    expect(of(job(0, { timeoutSeconds: 100 }, { timeoutSeconds: 200 }))).toBe(1.25 * 300_000);
  });

  it('takes the shorter of two ends that both hold', () => {
    expect(of(job(1_000, { timeoutSeconds: 100 }))).toBe(1.25 * 100_000);
    expect(of(job(100, { timeoutSeconds: 1_000 }))).toBe(1.25 * 100_000);
  });

  it('is a day for a run that could go on without end', () => {
    expect(of(job(0))).toBe(DAY_MS);
    expect(of(job(0, { timeoutSeconds: 100 }, {}))).toBe(DAY_MS);
    expect(of(job(0, { timeoutSeconds: 100, maxRetries: -1 }))).toBe(DAY_MS);
  });
});
