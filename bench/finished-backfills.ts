import { v7 as newId } from 'uuid';
import { KeySpace } from '../queues/key-space.ts';
import { PlanStore } from '../queues/plan/plan-store.ts';
import { DAILY } from '../src/planning/granularity.ts';
import type { BenchStack } from './stack.ts';
import { REDIS_PREFIX } from './stack-parts.ts';

const AT_ONCE = 50;

/**
 * Stores backfills that have ended: the very plans that requests leave behind whose one date had succeeded
 * before, written without asking the warehouse ten thousand times.
 */
export async function addFinished(
  stack: BenchStack,
  { job, count }: { readonly job: string; readonly count: number },
  signal: AbortSignal,
): Promise<void> {
  const keys = new KeySpace(REDIS_PREFIX);
  const plans = new PlanStore(stack.redis, keys);
  const jobId = stack.jobId(job);
  for (let made = 0; made < count; made += AT_ONCE) {
    signal.throwIfAborted();
    const some = Math.min(AT_ONCE, count - made);
    await Promise.all(Array.from({ length: some }, () => addOne(plans, job, jobId)));
  }
}

async function addOne(plans: PlanStore, job: string, jobId: string): Promise<void> {
  const id = newId();
  await plans.create({
    id,
    job,
    jobId,
    maxConcurrentRuns: 100,
    headroom: 0,
    order: 'asc',
    reprocess: 'missing',
    priority: 100,
    maxActiveRuns: null,
    maxAttempts: 3,
    stopAfterFailures: null,
    createdBy: 'bench',
    retryOf: null,
    retryTriggeredBy: null,
    request: { job, dates: ['1990-01-01'] },
    runSettings: {
      date_parameter: 'position_date',
      date_format: 'yyyy-MM-dd',
      end_date_parameter: 'position_end_date',
      granularity: DAILY,
      parameter_style: 'job_parameters',
      parameters: {},
      retry_delay_ms: 0,
      max_retry_delay_ms: 0,
      run_deadline_ms: 60_000,
      success_with_failures: 'warn',
      quality: null,
    },
    plan: [{ positionDate: '1990-01-01', letter: 'p' }],
    idempotency: null,
  });
  const record = await plans.requireRecord(id);
  await plans.settle(record, [{ positionDate: '1990-01-01', letter: 'a' }], null);
}
