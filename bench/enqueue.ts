import type { Figure } from './figure.ts';
import { BenchStack } from './stack.ts';

const WORKERS = 1;
/** No run ends before we are done. */
const RUN_DURATION_MS = 600_000;
const TEN_YEARS = { job: 'business_days', start_date: '2014-01-01', end_date: '2023-12-31' } as const;

/** The first request of a web process that has answered nothing yet, and what its plan takes in Redis. */
export async function measureEnqueue(signal: AbortSignal): Promise<Figure[]> {
  const stack = await BenchStack.start(WORKERS, signal);
  try {
    await stack.emulator.setRunDuration(RUN_DURATION_MS);
    const bytesBefore = await stack.redisBytes();
    const startedMs = performance.now();
    const { id } = await stack.create(TEN_YEARS);
    const answeredMs = performance.now() - startedMs;
    const { counts } = await stack.until(id, ({ counts: { running } }) => running === 20, signal);
    const bytes = (await stack.redisBytes()) - bytesBefore;
    const businessDays = counts.total - counts.skipped;
    const suite = 'enqueue';
    return [
      { suite, name: 'POST of ten years', measured: answeredMs, target: 1_000, unit: 'ms' },
      { suite, name: 'business days in it', measured: businessDays, target: null, unit: '' },
      { suite, name: 'Redis memory a date', measured: bytes / businessDays, target: 200, unit: 'bytes' },
    ];
  } finally {
    await stack.stop();
  }
}
