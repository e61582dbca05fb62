import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../harness/command.ts';
import { remainingProcesses } from '../harness/marked-processes.ts';

const SUITES = [
  'slot-use',
  'api-load',
  'dispatch',
  'enqueue',
  'growth',
  'scale-out',
  'log',
  'memory',
  'page-and-api',
];

interface Results {
  readonly figures: readonly { readonly suite: string; readonly ours: number | null }[];
  readonly failures: readonly string[];
}

// A busy machine takes several seconds to start each of the stacks.
test('every suite of a short bench gives its figures and leaves nothing behind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-test-'));
  try {
    const file = join(directory, 'results.json');
    // Everything that it starts keeps its files below this directory, and is known by it.
    const work = await mkdtemp(join(directory, 'work-'));
    const { stderr } = await runCommand(['--short', '--results', file], {
      script: 'bench/bench.ts',
      env: { TMPDIR: work, HOME: work },
    });
    const { figures, failures } = JSON.parse(await readFile(file, 'utf8')) as Results;
    expect({ failures, stderr: failures.length > 0 ? stderr : '' }).toEqual({ failures: [], stderr: '' });
    expect([...new Set(figures.map(({ suite }) => suite))]).toEqual(SUITES);
    expect(figures.filter(({ ours }) => typeof ours !== 'number')).toEqual([]);
    expect(await remainingProcesses(work)).toEqual([]);
    expect((await readdir(work)).filter((name) => name.startsWith('backfill-'))).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}, 600_000);

test('an unknown suite is named, with those that there are', async () => {
  const { exitCode, stdout, stderr } = await runCommand(['--only', 'nothing'], { script: 'bench/bench.ts' });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch('There is no suite "nothing".');
  for (const suite of SUITES) expect(stdout).toMatch(suite);
});
