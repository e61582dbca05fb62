import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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
const RESULTS = join(import.meta.dirname, 'results.json');

const USAGE = `npm run bench [-- --only SUITE ...]

Measures speed and size beside their targets, with processes and a Redis of its own, and leaves nothing
running. Suites: ${[...SUITES.keys()].join(', ')}. Writes bench/results.json. Exits with 1 if a target is missed.
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
    await resources.add(() =>
      work.then(
        () => {},
        () => {},
      ),
    );
    const figures = await work;
    await writeFile(
      RESULTS,
      `${JSON.stringify({ at: new Date(), cpus: cpus().length, figures }, null, 2)}\n`,
    );
    processTerminal.print(figureTable(figures));
    exitCode = figures.every(isMet) ? 0 : 1;
    return { ended: Promise.resolve(exitCode) };
  });
  return exitCode;
}

async function measureAll(suites: readonly string[], stopping: AbortSignal): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of suites) {
    processTerminal.notice(`${name} ...`);
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(SUITE_DEADLINE_MS)]);
    figures.push(...((await SUITES.get(name)?.(signal)) ?? []));
  }
  return figures;
}
