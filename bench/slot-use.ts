import type { Figure } from './figure.ts';
import { LIMIT, pacedBackfill } from './paced-backfill.ts';

/** Wall time beside the ideal: every slot busy from the first moment to the last. */
export async function measureSlotUse(signal: AbortSignal): Promise<Figure[]> {
  const { wallMs, runs } = await pacedBackfill(signal);
  const suite = 'slot-use';
  const runMs = runs.reduce((sum, run) => sum + (run.runDurationMs ?? 0), 0);
  const idealMs = runMs / LIMIT;
  return [
    { suite, name: 'wall time / ideal', measured: wallMs / idealMs, target: 1.15, unit: '' },
    { suite, name: 'wall time', measured: wallMs / 1_000, target: null, unit: 's' },
    { suite, name: 'ideal: run times / limit', measured: idealMs / 1_000, target: null, unit: 's' },
    {
      suite,
      name: 'slot idle before each run',
      measured: ((wallMs - idealMs) * LIMIT) / runs.length,
      target: null,
      unit: 'ms',
    },
  ];
}
