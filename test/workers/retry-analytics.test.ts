import { splitStatements } from '../../emulator/sql/syntax/split-statements.ts';
import { RETRY_ANALYTICS } from '../emulator/retry-analytics-queries.ts';
import { type CommandResult, runCommand } from '../harness/command.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { FleetWeb } from './fleet-web.ts';
import { sourceDays } from './source-days.ts';

const BROKEN = { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' };
const LOST = { termination_code: 'CLUSTER_ERROR', message: 'node lost' };

let workspace: TestWorkspace;
let fleet: Fleet;
let web: FleetWeb;
/** Ids of the backfill and of the sweep that followed it. */
let first: string;
let swept: string;
let toldOfSweep: CommandResult;
const [flaky = '', broken = '', hopeless = '', fine = ''] = sourceDays(4);

function backfill(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { env: { BACKFILL_URL: web.url } });
}

/** One date that policy retries twice, one that a sweep brings home, one that nothing helps, and one that is fine. */
beforeAll(async () => {
  workspace = await startWorkspace();
  fleet = await Fleet.open(workspace);
  web = await FleetWeb.open(fleet);
  await fleet.script(flaky, LOST, LOST);
  await fleet.script(broken, BROKEN);
  await fleet.script(hopeless, BROKEN, BROKEN, BROKEN);
  await fleet.worker();
  first = await fleet.backfill([flaky, broken, hopeless, fine]);
  await fleet.ended(first);
  toldOfSweep = await backfill('sweep', '--days-back', '1', '--max-retries', '10');
  const { items } = await fleet.plans.list({ limit: 9 });
  swept = items[0]?.id ?? '';
  await fleet.ended(swept);
  await fleet.logged();
});
afterAll(async () => {
  await web?.close();
  await fleet?.close();
  await workspace?.stop();
});

test('the sweep tells what it started', () => {
  const id = /^Backfill (\S+) of process_data_1 runs 2 failed dates again\.$/m.exec(toldOfSweep.stdout)?.[1];
  expect(id).toBe(swept);
  expect(toldOfSweep).toMatchObject({ exitCode: 0, stderr: '' });
});

test('the document’s statements run as printed, and the API says the same', async () => {
  const [recovered = '', rates = ''] = splitStatements(RETRY_ANALYTICS);
  const printed = {
    recovered: await workspace.warehouse.query<Record<string, unknown>>(recovered),
    rates: await workspace.warehouse.query<Record<string, unknown>>(rates),
  };
  const { json } = await web.get('/api/retries/analytics');
  expect(json.success_rates).toEqual([
    { retry_attempt: 1, total_retries: 3, successful: 1, success_rate_pct: 33.33 },
    { retry_attempt: 2, total_retries: 1, successful: 1, success_rate_pct: 100 },
  ]);
  const numbers = printed.rates.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])),
  );
  expect(numbers).toEqual(json.success_rates);

  const { jobId, jobName } = fleet;
  const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const times = { first_failure: instant, final_success: instant };
  expect(json.recovered_dates).toEqual([
    {
      job_id: jobId,
      job_name: jobName,
      position_date: flaky,
      position_end_date: flaky,
      total_attempts: 3,
      max_retry_count: 2,
      ...times,
    },
    {
      job_id: jobId,
      job_name: jobName,
      position_date: broken,
      position_end_date: broken,
      total_attempts: 2,
      max_retry_count: 1,
      ...times,
    },
  ]);
  const shown = printed.recovered.map((row) => [Number(row.total_attempts), Number(row.max_retry_count)]);
  expect(shown.sort()).toEqual([
    [2, 1],
    [3, 2],
  ]);
});

test('analytics of a job, of a range, of a misspelt job', async () => {
  const of = async (query: string) => (await web.get(`/api/retries/analytics?${query}`)).json;
  expect(await of(`job=${fleet.jobName}&start_date=${broken}&end_date=${broken}`)).toMatchObject({
    recovered_dates: [{ position_date: broken }],
    success_rates: [{ retry_attempt: 1, total_retries: 1, successful: 1 }],
  });
  expect(await of('job=02_process_data')).toMatchObject({ recovered_dates: [], success_rates: [] });
  expect(await of('job=proces_data')).toMatchObject({ code: 'unknown_job' });
  expect(await of('start_date=2024-02-02&end_date=2024-02-01')).toMatchObject({ code: 'end_before_start' });
});

test('the command shows both tables, and the schedules', async () => {
  const shown = await backfill('retries', '--job', fleet.jobName);
  expect(shown.stdout).toMatch(/^retry +runs +succeeded\n1 +3 +1 +33\.33 %\n2 +1 +1 +100 %\n\ndate +job/);
  expect(shown.stdout).toMatch(new RegExp(`^${flaky} +process_data_1 +3 +2 +\\S+Z +\\S+Z$`, 'm'));
  const json = await backfill('retries', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ success_rates: [{}, {}], as_of: expect.any(String) });
  const schedules = await backfill('retries', '--schedules');
  expect(schedules.stdout).toMatch(
    /^daily +off +0 9 \* \* \* +America\/New_York +every job +1 d, 10 dates$/m,
  );
});

test('a dry sweep says what it would do, and a retry waits for the end', async () => {
  const dry = await backfill('sweep', '--job', fleet.jobName, '--dry-run');
  expect(dry.stdout).toMatch(new RegExp(`^${hopeless} +process_data_1 +run$`, 'm'));
  expect(dry.stderr).toBe('Nothing was started. 1 would run again.\n');

  const failing = await backfill('retry', swept, '--dates', hopeless, '--wait');
  expect(failing.exitCode).toBe(1);
  expect(failing.stdout).toMatch(new RegExp(`^${hopeless} +failed +1`, 'm'));
  const again = await backfill('retry', first);
  expect(again.stdout).toMatch(/^Backfill \S+ runs 2 failed dates of \S+ again\.$/m);
  const nothing = await backfill('retry', first, '--dates', fine);
  expect(nothing).toMatchObject({ exitCode: 1, stdout: '' });
  expect(nothing.stderr).toContain(`${fine} has not failed in it`);
  const bad = await backfill('sweep', '--days-back', '-1');
  expect([bad.exitCode, bad.stderr]).toEqual([2, expect.stringContaining('--days-back')]);
});
