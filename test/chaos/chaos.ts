import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runToExit } from '../../bin/process.ts';
import { processTerminal } from '../../bin/terminal.ts';
import { reportTable, violationLines } from './report.ts';
import { SHIPPED_LOCK_MS, SHORT_LOCK_MS, tryStorm } from './trial.ts';

const USAGE = `npm run chaos -- [--dates 500] [--workers 4] [--seed 1] [--kill-every 2] [--limit 20]
                 [--run-ms N] [--lock-ms N] [--storm N] [--bound 300] [--keep]

A storm of faults against real processes: workers killed, ended and frozen, Redis restarted, frozen and cut
off, the Jobs API and the warehouse failing in every way they know, runs deleted, the job's limit changed.
The same seed gives the same storm. It ends with a check of the invariants I1 to I6 (test/chaos/verdict.ts)
against what the workspace, the plan and the tables say, and one table. Exits with 1 if one is broken; then the logs
stay, also with --keep.

--kill-every  seconds between two faults of a worker; from 10 on the wall time is checked too
--run-ms      mean length of a run: 400, or 2000 with rare kills
--lock-ms     how long a silent worker keeps its dates: 2000, or as shipped with rare kills
--storm       seconds for which faults keep coming: until the end of the backfill, or of the bound
--bound       seconds within which the backfill must have ended
`;

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const OptionsSchema = z.object({
  dates: whole(1, 520).default(500),
  workers: whole(1, 32).default(4),
  seed: whole(0, 2 ** 31).default(1),
  'kill-every': whole(1, 600).default(2),
  limit: whole(1, 200).default(20),
  'run-ms': whole(20, 600_000).optional(),
  'lock-ms': whole(1_000, 60_000).optional(),
  storm: whole(5, 3_600).optional(),
  bound: whole(5, 3_600).default(300),
  keep: z.boolean().default(false),
});

const OFTEN_SECONDS = 10;

await runToExit(chaos);

async function chaos(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      dates: text,
      workers: text,
      seed: text,
      'kill-every': text,
      limit: text,
      'run-ms': text,
      'lock-ms': text,
      storm: text,
      bound: text,
      keep: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const { help, ...given } = values;
  const options = OptionsSchema.safeParse(given);
  if (help || !options.success) {
    processTerminal.print(options.success ? USAGE : `${z.prettifyError(options.error)}\n\n${USAGE}`);
    return help ? 0 : 2;
  }
  const {
    keep,
    bound,
    storm: stormSeconds,
    'kill-every': killEverySeconds,
    'run-ms': runMs,
    'lock-ms': lockMs,
    ...rest
  } = options.data;
  const often = killEverySeconds < OFTEN_SECONDS;
  const directory = await mkdtemp(join(tmpdir(), 'backfill-chaos-'));
  const report = await tryStorm({
    ...rest,
    killEverySeconds,
    boundSeconds: bound,
    stormSeconds: stormSeconds ?? bound,
    runMs: runMs ?? (often ? 400 : 2_000),
    lockMs: lockMs ?? (often ? SHORT_LOCK_MS : SHIPPED_LOCK_MS),
    directory,
  });
  processTerminal.print(reportTable(report));
  for (const line of violationLines(report.violations)) processTerminal.print(line);
  const failed = report.violations.length > 0;
  if (failed || keep) processTerminal.notice(`Logs, Redis' file and configuration: ${directory}`);
  else await rm(directory, { recursive: true, force: true });
  return failed ? 1 : 0;
}
