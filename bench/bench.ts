import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFailure } from '../bin/failure.ts';
import { runToExit, serve } from '../bin/process.ts';
import { processTerminal } from '../bin/terminal.ts';
import { measureEnqueue } from './enqueue.ts';
import { type Figure, figureTable, isMet } from './figure.ts';
import { measureLogStatements } from './log-statements.ts';
import { measureSlotUse } from './slot-use.ts';
import { measureWorkerMemory } from './worker-memory.ts';

const SUITES = new Map<string, (signal: AbortSignal) => Promise<Figure[]>>([
  ['slot-use', measureSlotUse],
  ['log-statements', measureLogStatements],
  ['enqueue', measureEnqueue],
  ['worker-memory', measureWorkerMemory],
]);

/** Longest that one suite may take, start and stop included. */
const SUITE_DEADLINE_MS = 180_000;
const TOO_LATE = `it was not done after ${SUITE_DEADLINE_MS / 1_000} s and was stopped.`;
const RESULTS = join(import.meta.dirname, 'results.json');

const USAGE = `npm run bench [-- --only SUITE ...]

Measures speed and size beside their targets, with processes and a Redis of its own, and leaves nothing
running. Suites: ${[...SUITES.keys()].join(', ')}. Writes bench/results.json. Exits with 1 if a target is missed
or a suite fails.
`;

await runToExit(bench);

async function bench(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true }, help: { type: 'boolean' } },
  });
  const chosen = values.only ?? [...SUITES.keys()];
  const unknown = chosen.filter((name) => !SUITES.has(name));
  if (values.help || unknown.length > 0) {
    for (const name of unknown) processTerminal.notice(`There is no suite "${name}".\n`);
    processTerminal.print(USAGE);
    return values.help ? 0 : 2;
  }
  // Interrupted before its end, a bench has shown nothing.
  let exitCode = 130;
  await serve(async ({ resources, stopping }) => {
    const work = measureAll(chosen, stopping);
    // Ctrl-C ends what a suite does, and its processes have to be gone before we are.
    await resources.add(() => work.then(() => {}));
    const { figures, failures } = await work;
    if (stopping.aborted) return undefined;
    const results = { at: new Date(), cpus: cpus().length, figures, failures };
    await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    processTerminal.print(figureTable(figures));
    exitCode = figures.every(isMet) && failures.length === 0 ? 0 : 1;
    return { ended: Promise.resolve(exitCode) };
  });
  return exitCode;
}

/** Measures one suite after the other; one that fails does not keep the others from being measured. */
async function measureAll(suites: readonly string[], stopping: AbortSignal) {
  const figures: Figure[] = [];
  const failures: string[] = [];
  for (const name of suites) {
    if (stopping.aborted) break;
    processTerminal.notice(`${name} ...`);
    const late = AbortSignal.timeout(SUITE_DEADLINE_MS);
    try {
      figures.push(...((await SUITES.get(name)?.(AbortSignal.any([stopping, late]))) ?? []));
    } catch (failure) {
      if (stopping.aborted) break;
      failures.push(`${name}: ${late.aborted ? TOO_LATE : describeFailure(failure, process.env.LOG_LEVEL)}`);
      processTerminal.notice(failures.at(-1) ?? '');
    }
  }
  return { figures, failures };
}
