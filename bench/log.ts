import { dayRange } from './date-range.ts';
import { type Figure, figure } from './figure.ts';
import type { Ledger } from './ledger.ts';
import { logDelaysMs } from './log-delays.ts';
import { missionLog } from './mission-log.ts';
import { type BenchStack, withStack } from './stack.ts';
import { median, quantile, sum } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'log';
const WORKERS = 2;
const SPREAD = 0.2;
const JOB = { name: 'log_20', limit: 20 };
const FULL = {
  paces: [
    { seconds: 2, dates: 3_000, statements: 20 },
    { seconds: 0.5, dates: 1_000, statements: 10 },
  ],
  missionDates: 50,
};
const SHORT = { paces: [{ seconds: 0.1, dates: 8, statements: 20 }], missionDates: 2 };
type Pace = (typeof FULL.paces)[number];

export const LOG_SHORT_JOBS = [JOB];

/** Statements and busy time of the warehouse per 1,000 dates, those that read the log for the plan included. */
export async function measureLog(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const { paces, missionDates } = short ? SHORT : FULL;
  return withStack({ jobs: [JOB], workers: WORKERS }, run, async (stack) => {
    await stack.emulator.forget();
    await missionLog(stack.workspace.warehouse, missionDates);
    const mission = perThousand(await stack.emulator.ledger(), missionDates);
    const figures: Figure[] = [];
    let skipped = 0;
    for (const pace of paces) {
      figures.push(...(await measurePace(stack, pace, skipped, mission, signal)));
      skipped += pace.dates;
    }
    return figures;
  });
}

async function measurePace(
  stack: BenchStack,
  { seconds, dates, statements }: Pace,
  skipped: number,
  mission: ReturnType<typeof perThousand>,
  signal: AbortSignal,
): Promise<Figure[]> {
  await stack.emulator.setRunSeconds(seconds, SPREAD);
  await stack.emulator.forget();
  const over = new AbortController();
  const delays = logDelaysMs(stack, over.signal, signal);
  const run = timedBackfill(stack, { job: JOB.name, ...dayRange(dates, skipped) }, signal);
  const [delaysMs, { backfill }] = await Promise.all([delays, run.finally(() => over.abort())]);
  await stack.until(backfill.id, ({ log_pending }) => log_pending === 0, signal);
  const own = perThousand(await stack.emulator.ledger(), dates);
  const name = `runs of ${seconds} s, limit ${JOB.limit}`;
  const beside = (value: number) => ({ name: "the mission's loop (sample, scaled)", value });
  return [
    figure(SUITE, name, [own.statements, 'statements per 1,000 dates'], {
      reference: beside(mission.statements),
      target: { of: 'ours', most: statements },
    }),
    figure(SUITE, name, [own.seconds, 's of warehouse per 1,000 dates'], {
      reference: beside(mission.seconds),
    }),
    figure(SUITE, `${name}: a run's end to its log row, median`, [median(delaysMs) / 1_000, 's'], {
      target: { of: 'ours', most: 3 },
    }),
    figure(SUITE, `${name}: 95th percentile`, [quantile(delaysMs, 0.95) / 1_000, 's']),
  ];
}

function perThousand({ statements, statement_ms }: Ledger, dates: number) {
  return {
    statements: (sum(Object.values(statements)) / dates) * 1_000,
    seconds: sum(Object.values(statement_ms)) / dates,
  };
}
