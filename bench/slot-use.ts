import type { Figure } from './figure.ts';
import { LIMIT, pacedBackfill } from './paced-backfill.ts';

/** Wall time beside the ideal: every slot busy from the first moment to the last. */
export async function measureSlotUse(signal: AbortSignal): Promise<Figure[]> {
  const { askedAtMs, wallMs, runs, redisBytes } = await pacedBackfill(signal);
  const suite = 'slot-use';
  const runMs = runs.reduce((sum, run) => sum + (run.runDurationMs ?? 0), 0);
  const idealMs = runMs / LIMIT;
  const firstStartMs = Math.min(...runs.map((run) => run.startTimeMs));
  const lastEndMs = Math.max(...runs.map((run) => run.endTimeMs ?? 0));
  const betweenMs = (lastEndMs - firstStartMs - idealMs) * LIMIT;
  return [
    { suite, name: 'wall time / ideal', measured: wallMs / idealMs, target: 1.15, unit: '' },
    { suite, name: 'wall time', measured: wallMs / 1_000, target: null, unit: 's' },
    { suite, name: 'ideal: run times / limit', measured: idealMs / 1_000, target: null, unit: 's' },
    { suite, name: 'before the first run', measured: firstStartMs - askedAtMs, target: null, unit: 'ms' },
    { suite, name: 'slot idle between runs', measured: betweenMs / runs.length, target: null, unit: 'ms' },
    {
      suite,
      name: 'after the last run',
      measured: askedAtMs + wallMs - lastEndMs,
      target: null,
      unit: 'ms',
    },
    {
      suite,
      name: 'Redis memory a date, all ended',
      measured: redisBytes / runs.length,
      target: null,
      unit: 'bytes',
    },
  ];
}
