import { runCommandLine } from '../../bin/command-line.ts';
import { RunningCommand } from '../harness/command.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

let workspace: TestWorkspace;
let processes: RunningCommand[];
let env: Record<string, string>;

const JOB = ['--job', '02_process_data'];
const JULY = ['--from', '2024-07-01', '--to', '2024-07-12'];

beforeAll(async () => {
  workspace = await startWorkspace();
  processes = ['web', 'worker'].map((verb) => new RunningCommand([verb], { env: workspace.env }));
  const [web, worker] = processes;
  await Promise.all([web?.untilSaid('Ready at'), worker?.untilSaid('"Ready"')]);
  const [, url = ''] = /"url":"(http:[^"]+)"/.exec(web?.said ?? '') ?? [];
  env = { BACKFILL_URL: url };
  await workspace.emulator.local.outcomes({
    job_name: '02_process_data',
    parameters: { position_date: '2024-07-03' },
    attempts: [{ result_state: 'FAILED', termination_code: 'RUN_EXECUTION_ERROR', message: '=1+1, "so"' }],
  });
  await backfill('run', ...JOB, '--dates', '2024-07-01,2024-07-03,2024-07-05,2024-07-06', '--wait');
});

afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await workspace.stop();
});

/** The command in this process: what it prints, and what it would exit with. */
async function backfill(...args: string[]): Promise<{ stdout: string; exitCode: number }> {
  const printed: string[] = [];
  const terminal = {
    interactive: false,
    print: (line: string) => void printed.push(`${line}\n`),
    notice: () => {},
  };
  const exitCode = await runCommandLine(args, { env, cwd: __dirname, homeDir: '/nonexistent', terminal });
  return { stdout: printed.join(''), exitCode };
}

const lines = ({ stdout }: { stdout: string }) => stdout.trimEnd().split('\n');

test('each query of the document has its command, as a table and as CSV with every column of the log', async () => {
  const [summary, summaryCsv, recent, failed, failedCsv, all] = await Promise.all([
    backfill('log', '--summary'),
    backfill('log', '--summary', '--csv'),
    backfill('log', '--recent', '--json'),
    backfill('log', '--failed'),
    backfill('log', '--failed', '--csv'),
    backfill('log', '--csv', '--all', ...JOB),
  ]);
  expect(lines(summary)[1]).toMatch(/^FAILED +1 +2024-07-03 +2024-07-03$/);
  expect(lines(summaryCsv)).toEqual([
    'status,count,earliest_date,latest_date',
    'FAILED,1,2024-07-03,2024-07-03',
    'SKIPPED,1,2024-07-06,2024-07-06',
    'SUCCESS,2,2024-07-01,2024-07-05',
  ]);
  const runs = JSON.parse(recent.stdout).items;
  expect(runs).toHaveLength(3);
  for (const run of runs) expect(run.duration_seconds).toEqual(expect.any(Number));
  expect(lines(failed)[1]).toMatch(/^2024-07-03 +1 +user_code\/RUN_EXECUTION_ERROR: =1\+1, "so"/);
  expect(failedCsv.stdout).toContain('"user_code/RUN_EXECUTION_ERROR: =1+1, ""so""');
  expect(lines(all)[0]).toMatch(/^run_id,position_date,job_name,.*,position_end_date,quality$/);
  expect(lines(all).map((line) => line.split(',')[4])).toEqual(
    expect.arrayContaining(['status', 'FAILED', 'SUCCESS']),
  );
});

test('run --missing runs exactly the gaps that coverage shows', async () => {
  const gaps = await backfill('coverage', ...JOB, ...JULY, '--csv');
  const missing = lines(gaps).filter((line) => line.endsWith('Missing'));
  const dates = missing.map((line) => line.split(',')[1]);
  expect(dates).toEqual([
    ...['2024-07-02', '2024-07-03', '2024-07-08', '2024-07-09', '2024-07-10', '2024-07-11', '2024-07-12'],
  ]);
  const before = (await workspace.emulator.local.ledger()).run_now.length;
  const run = await backfill('run', ...JOB, ...JULY, '--missing', '--wait');
  expect(run.exitCode).toBe(0);
  const ran = (await workspace.emulator.local.ledger()).run_now.slice(before);
  expect(ran.map(({ parameters }) => parameters.position_date).sort()).toEqual(dates);
  const filled = await backfill('coverage', ...JOB, ...JULY);
  expect(lines(filled).at(-1)).toBe('9 processed, 0 missing');
});

test('a sweep with nothing to do says so in one line, and one that has says which dates', async () => {
  const none = await backfill('sweep', '--from', '2024-01-02', '--to', '2024-01-05');
  expect(none.stdout).toBe('No failed date to run again.\n');
  await workspace.emulator.local.outcomes({
    job_name: '02_process_data',
    parameters: { position_date: '2024-08-01' },
    attempts: [{ result_state: 'FAILED', termination_code: 'RUN_EXECUTION_ERROR', message: 'no rows' }],
  });
  await backfill('run', ...JOB, '--dates', '2024-08-01', '--wait');
  const one = await backfill('sweep', '--from', '2024-08-01', '--to', '2024-08-01');
  expect(lines(one)[0]).toMatch(/^Backfill \S+ of 02_process_data runs 1 failed date again\.$/);
  expect(lines(one).at(-1)).toMatch(/^2024-08-01 +02_process_data +run +backfill \S+$/);
});

test('log --all shows every row as a table too', async () => {
  const all = await backfill('log', '--all', '--fresh');
  const { items } = JSON.parse((await backfill('log', '--json', '--limit', '200')).stdout);
  expect(lines(all)).toHaveLength(items.length + 1);
});

test('the list and the dates of a backfill are CSV as well', async () => {
  const list = lines(await backfill('list', '--csv'));
  expect(list[0]).toMatch(/^id,job,job_id,state,state_reason,pending,.*,total,.*,finished_at$/);
  const [id = '', job, , state] = list.at(-1)?.split(',') ?? [];
  expect([job, state]).toEqual(['02_process_data', 'completed_with_failures']);
  const dates = lines(await backfill('status', id, '--csv'));
  expect(dates[0]).toMatch(/^position_date,state,reason,attempt,/);
  expect(dates.map((line) => line.split(',').slice(0, 3).join(' '))).toEqual([
    'position_date state reason',
    '2024-07-01 succeeded ',
    '2024-07-03 failed ',
    '2024-07-05 succeeded ',
    '2024-07-06 skipped not_business_day',
  ]);
});

test.each([
  [['log', '--csv', '--json']],
  [['log', '--failed', '--status', 'SUCCESS']],
  [['log', '--all', '--json']],
  [['sweep', '--from', '2024-07-01']],
  [['sweep', '--days-back', '1', '--from', '2024-07-01', '--to', '2024-07-02']],
])('%j is a mistake', async (args) => {
  expect((await backfill(...args)).exitCode).toBe(2);
});
