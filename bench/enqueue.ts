import { bareJobs, bareQueue } from './bare-bullmq.ts';
import type { BenchJob } from './bench-job.ts';
import type { DateRange } from './date-range.ts';
import { type Figure, figure } from './figure.ts';
import { addPending, MOST_DATES, PENDING_JOBS } from './pending-dates.ts';
import { redisBytes } from './redis-size.ts';
import { type BenchStack, withStack } from './stack.ts';
import { median, medianOf, quantile } from './statistics.ts';
import type { BenchRun } from './suite.ts';

const SUITE = 'enqueue';
const FULL = { requests: 140, times: 5, sample: 20_000 };
const SHORT = { requests: 1, times: 1, sample: 50 };
const BUSINESS = { name: 'business_days', limit: 1, closed: true, calendar: 'US' } as const;

export const ENQUEUE_SHORT_JOBS: readonly BenchJob[] = [BUSINESS, ...PENDING_JOBS];

const TEN_YEARS: DateRange = { start_date: '2014-01-01', end_date: '2023-12-31' };
const TWENTY_YEARS: DateRange = { start_date: '2004-01-01', end_date: '2023-12-31' };

/** How soon a request is answered and stored, and what a pending date takes, beside `addBulk` of a job a date. */
export async function measureEnqueue(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const { requests, times, sample } = short ? SHORT : FULL;
  return withStack({ jobs: [BUSINESS, ...PENDING_JOBS], workers: 1 }, run, async (stack) => {
    const first = await answerMs(stack, TEN_YEARS);
    const ten = await medianOf(times, () => answerMs(stack, TEN_YEARS));
    const twenty = await medianOf(times, () => answerMs(stack, TWENTY_YEARS));
    const before = await stack.redisBytes();
    const dates = requests * MOST_DATES;
    const filling = await addPending(stack, dates, signal);
    const bytes = ((await stack.redisBytes()) - before) / dates;
    const bulk = await measureBulk(stack, sample);
    const posted = `${requests} POSTs of 20 years over 20 jobs`;
    const bulkAnswer = { name: 'queue.addBulk of 7,305', value: bulk.msPerJob * MOST_DATES };
    const scaled = `queue.addBulk (${sample} measured, scaled)`;
    const answered = { of: 'ours', most: 150 } as const;
    return [
      figure(SUITE, 'first POST of 10 years after the start', [first, 'ms']),
      figure(SUITE, 'POST of 10 years, US calendar, median', [ten, 'ms'], { target: answered }),
      figure(SUITE, 'POST of 20 years, US calendar, median', [twenty, 'ms'], { target: answered }),
      figure(SUITE, `${posted}: median answer`, [median(filling.latenciesMs), 'ms'], {
        reference: bulkAnswer,
        target: answered,
      }),
      figure(SUITE, `${posted}: 95th percentile`, [quantile(filling.latenciesMs, 0.95), 'ms']),
      figure(SUITE, `${posted}: all ${dates} dates stored`, [filling.storedMs / 1_000, 's'], {
        reference: { name: scaled, value: (bulk.msPerJob * dates) / 1_000 },
        target: { of: 'ours', most: 30 },
      }),
      figure(SUITE, 'Redis memory a pending date', [bytes, 'bytes'], {
        reference: { name: scaled, value: bulk.bytesPerJob },
        target: { of: 'ours', most: 64 },
      }),
    ];
  });
}

async function answerMs(stack: BenchStack, range: DateRange): Promise<number> {
  const askedMs = performance.now();
  await stack.create({ job: BUSINESS.name, ...range });
  return performance.now() - askedMs;
}

/** One BullMQ job a date with our payload and options, as many at a time as a request of ours stores. */
async function measureBulk(stack: BenchStack, count: number) {
  const queue = bareQueue(stack, 'bulk');
  try {
    const startedMs = performance.now();
    for (let left = count; left > 0; left -= MOST_DATES) {
      await queue.addBulk(bareJobs(Math.min(left, MOST_DATES)));
    }
    const msPerJob = (performance.now() - startedMs) / count;
    const bytesPerJob = (await redisBytes(stack.redis, queue.toKey(''))) / count;
    return { msPerJob, bytesPerJob };
  } finally {
    await queue.close();
  }
}
