import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFailure } from '../bin/failure.ts';
import { runToExit, serve } from '../bin/process.ts';
import { processTerminal } from '../bin/terminal.ts';
import { type Figure, isMet } from './figure.ts';
import { figureTable } from './figure-table.ts';
import { ProductBuild } from './product-build.ts';
import { SharedStack } from './shared-stack.ts';
import type { BenchRun, Suite } from './suite.ts';
import { SUITES } from './suites.ts';

const RESULTS = join(import.meta.dirname, 'results.json');

const USAGE = `npm run bench [-- --only SUITE ...] [--short] [--results FILE]

Measures speed and size beside references and targets, with processes and a Redis of its own, and leaves
nothing running. Suites: ${SUITES.map(({ name }) => name).join(', ')}.
Writes bench/results.json. Exits with 1 if a target is missed or a suite fails.

  --short         figures from very little and on one stack, to see that all suites work: they mean
                  nothing, no target is judged, results are written only where --results says
`;

await runToExit(bench);

async function bench(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      short: { type: 'boolean', default: false },
      results: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const { short, only = SUITES.map(({ name }) => name) } = values;
  const chosen = SUITES.filter(({ name }) => only.includes(name));
  const unknown = only.filter((wanted) => !SUITES.some(({ name }) => name === wanted));
  if (values.help || unknown.length > 0) {
    for (const name of unknown) processTerminal.notice(`There is no suite "${name}".\n`);
    processTerminal.print(USAGE);
    return values.help ? 0 : 2;
  }
  const file = values.results ?? (short ? null : RESULTS);
  // Interrupted before its end, a bench has shown nothing.
  let exitCode = 130;
  await serve(async ({ resources, stopping }) => {
    const build = await ProductBuild.make();
    await resources.add(() => build.remove());
    // All of them, also when few suites are chosen: the pending ones belong to two.
    const shared = short ? new SharedStack(SUITES.flatMap(({ shortJobs }) => shortJobs)) : null;
    const work = measureAll(chosen, { short, build, shared, signal: stopping }).finally(() => shared?.stop());
    // Ctrl-C ends what a suite does, and its processes have to be gone before we are.
    await resources.add(() => work.then(() => {}));
    const { figures, failures } = await work;
    if (stopping.aborted) return undefined;
    const results = { at: new Date(), cpus: cpus().length, node: process.version, short, figures, failures };
    if (file !== null) await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
    processTerminal.print(figureTable(figures, !short));
    exitCode = failures.length === 0 && (short || figures.every(isMet)) ? 0 : 1;
    return { ended: Promise.resolve(exitCode) };
  });
  return exitCode;
}

/** Measures one suite after the other; one that fails does not keep the others from being measured. */
async function measureAll(suites: readonly Suite[], run: BenchRun) {
  const { signal: stopping } = run;
  const figures: Figure[] = [];
  const failures: string[] = [];
  for (const { name, deadlineSeconds, measure } of suites) {
    if (stopping.aborted) break;
    const late = AbortSignal.timeout(deadlineSeconds * 1_000);
    const startedMs = performance.now();
    try {
      figures.push(...(await measure({ ...run, signal: patient(AbortSignal.any([stopping, late])) })));
      const seconds = (performance.now() - startedMs) / 1_000;
      processTerminal.notice(`${name} took ${seconds.toFixed(1)} s`);
    } catch (failure) {
      if (stopping.aborted) break;
      const reason = late.aborted
        ? `it was not done after ${deadlineSeconds} s and was stopped.`
        : describeFailure(failure, process.env.LOG_LEVEL);
      failures.push(`${name}: ${reason}`);
      processTerminal.notice(failures.at(-1) ?? '');
    }
  }
  return { figures, failures };
}

/** Hundreds of loops listen to it at a time, of which Node would warn from the eleventh on. */
function patient(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}
