import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningCommand, runCommand } from '../harness/command.ts';
import { markedProcesses, remainingProcesses } from '../harness/marked-processes.ts';

let directory: string;
let up: RunningCommand | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backfill-up-'));
});
afterEach(async () => {
  up?.child.kill('SIGKILL');
  await up?.result;
  await rm(directory, { recursive: true, force: true });
});

function startUp(mark: string): RunningCommand {
  up = new RunningCommand(['up', '--emulator-port', '0'], {
    cwd: directory,
    env: { TEST_MARK: mark, BACKFILL_PORT: '0' },
  });
  return up;
}

test('up brings all there is in one terminal, ready for a backfill, until it is stopped', async () => {
  const mark = randomUUID();
  const stack = startUp(mark);
  await stack.untilSaid('All is up');
  const [, url = ''] = /web +\| .*Ready at (http:\S+)/.exec(stack.said) ?? [];
  const run = await runCommand(['run', '--job', '02_process_data', '--dates', '2024-06-03', '--wait'], {
    env: { BACKFILL_URL: url },
  });
  expect(run.stdout).toMatch(/2024-06-03 +succeeded/);

  const result = await stack.stop();
  expect(result.exitCode).toBe(0);
  expect(result.stdout).toMatch(/worker 1 *\| .*worker\.stopped/);
  expect(await remainingProcesses(mark)).toEqual([]);
});

test('a process that dies takes the rest of up with it, by name', async () => {
  const mark = randomUUID();
  const stack = startUp(mark);
  await stack.untilSaid('All is up');
  const worker = (await markedProcesses(mark)).find(({ command }) => / worker $/.test(command));
  process.kill(worker?.pid ?? 0, 'SIGKILL');
  const result = await stack.result;
  expect(result.stderr).toContain('backfill: worker 1 has ended (SIGKILL), so all else stops too.');
  expect(result.exitCode).toBe(1);
  expect(await remainingProcesses(mark)).toEqual([]);
});
