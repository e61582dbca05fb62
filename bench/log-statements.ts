import type { Figure } from './figure.ts';
import { DATES, pacedBackfill } from './paced-backfill.ts';

/** SQL statements that the whole fleet sends while it works, those that read the log for the plan included. */
export async function measureLogStatements(signal: AbortSignal): Promise<Figure[]> {
  const { ledger } = await pacedBackfill(signal);
  const suite = 'log-statements';
  const total = Object.values(ledger.statements).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(ledger.statements).map(([kind, count]) => ({
    suite,
    name: `of these ${kind}`,
    measured: count,
    target: null,
    unit: `for ${DATES} dates`,
  }));
  return [
    { suite, name: 'statements per 1,000 dates', measured: (total / DATES) * 1_000, target: 40, unit: '' },
    ...kinds,
  ];
}
