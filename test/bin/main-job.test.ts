import { type CommandResult, RunningCommand, runCommand, stackLines } from '../harness/command.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

let workspace: TestWorkspace | undefined;
let web: RunningCommand | undefined;
let worker: RunningCommand | undefined;
let env: Record<string, string>;

beforeAll(async () => {
  workspace = await startWorkspace();
  web = new RunningCommand(['web'], { env: workspace.env });
  worker = new RunningCommand(['worker'], { env: workspace.env });
  await Promise.all([web.untilSaid('Ready at'), worker.untilSaid('"Ready"')]);
  const [, url = ''] = /"url":"(http:[^"]+)"/.exec(web.said) ?? [];
  env = { BACKFILL_URL: url };
});

afterAll(async () => {
  const ended = await Promise.all([web?.stop(), worker?.stop()]);
  await workspace?.stop();
  for (const result of ended) if (result !== undefined) expect(stackLines(result)).toEqual([]);
});

function backfill(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { env });
}

const WEEK = ['--job', '02_process_data', '--from', '2024-07-01', '--to', '2024-07-07'];

test('run --dry-run says what would run and starts nothing', async () => {
  const { stdout, stderr, exitCode } = await backfill('run', ...WEEK, '--dry-run');
  expect(stdout).toMatch(/2024-07-01 +run/);
  expect(stdout).toMatch(/2024-07-04 +skip +no business day/);
  expect(stderr).toContain('Nothing was started');
  expect(exitCode).toBe(0);
  expect((await backfill('list')).stderr).toContain('No backfill yet');
});

test('run --wait shows progress and each date, and every read tells of it afterwards', async () => {
  const run = await backfill('run', ...WEEK, '--wait', '--reason', 'a test');
  expect(run.stdout).toMatch(/2024-07-05 +succeeded +1 +\d+/);
  expect(run.stderr).toContain('completed: 4 succeeded, 3 skipped');
  expect(run.exitCode).toBe(0);

  const [, id = ''] = /Backfill (\S+) of 02_process_data, 7 dates/.exec(run.stderr) ?? [];
  const [status, list, coverage, log, summary, pause] = await Promise.all([
    backfill('status', id, '--json'),
    backfill('list'),
    backfill('coverage', '--job', '02_process_data', '--from', '2024-07-01', '--to', '2024-07-08'),
    backfill('log', '--backfill', id),
    backfill('log', '--summary', '--json'),
    backfill('pause', id),
  ]);
  expect(JSON.parse(status.stdout)).toMatchObject({ id, state: 'completed', log_pending: 0 });
  expect(list.stdout).toContain(id);
  expect(coverage.stdout).toContain('4 processed, 1 missing: 2024-07-08');
  expect(log.stdout.match(/ SUCCESS /g)).toHaveLength(4);
  expect(JSON.parse(summary.stdout)).toContainEqual(expect.objectContaining({ status: 'SUCCESS', count: 4 }));
  expect(pause.stderr).toMatch(/^backfill: /);
  expect(pause.exitCode).toBe(1);
});

test('a date that fails makes run --wait exit with 1', async () => {
  await workspace?.emulator.local.outcomes({
    job_name: '02_process_data',
    parameters: { position_date: '2024-08-05' },
    attempts: [
      { result_state: 'FAILED', termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' },
    ],
  });
  const run = await backfill('run', '--job', '02_process_data', '--dates', '2024-08-05,2024-08-06', '--wait');
  expect(run.stdout).toMatch(/2024-08-05 +failed .*user_code\/RUN_EXECUTION_ERROR/);
  expect(run.stderr).toContain('completed with failures: 1 succeeded, 1 failed');
  expect(run.exitCode).toBe(1);
});

test('what the web process refuses is told in its words, with exit 2', async () => {
  const unknown = await backfill('run', '--job', 'nope', '--from', '2024-06-01', '--to', '2024-06-30');
  const impossible = await backfill('run', ...WEEK.slice(0, 2), '--from', '2024-02-30', '--to', '2024-03-01');
  const reversed = await backfill('run', ...WEEK.slice(0, 2), '--from', '2024-03-02', '--to', '2024-03-01');
  expect(unknown.stderr).toMatch(/^backfill: .*nope/);
  expect(impossible.stderr).toMatch(/^backfill: .*start_date/);
  expect(reversed.stderr).toMatch(/^backfill: .*end_date/);
  expect([unknown, impossible, reversed].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
});
