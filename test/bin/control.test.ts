import { type RunningWeb, startWeb, startWorkspace, type Workspace } from '../dashboard/running-web.ts';
import { type CommandResult, runCommand } from '../harness/command.ts';
import { days, JOB_ID, PlanBench } from '../queues/plan-bench.ts';

let workspace: Workspace;
let web: RunningWeb;
let bench: PlanBench;

beforeAll(async () => {
  workspace = await startWorkspace();
  await workspace.createJob('nightly');
});
beforeEach(async () => {
  web = await startWeb({ databricks: workspace.databricks });
  bench = new PlanBench();
});
afterEach(async () => {
  await bench.close();
  await web.close();
});
afterAll(() => workspace.close());

function backfill(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { env: { BACKFILL_URL: web.url } });
}

test('adjust changes how many dates run at a time and how urgent they are, and back', async () => {
  const id = await bench.running(days(9));
  const narrow = await backfill('adjust', id, '--max-active-runs', '2', '--priority', '5');
  expect(narrow.stdout).toBe(`Backfill ${id} is running: priority 5, at most 2 runs at a time.\n`);
  expect(narrow.exitCode).toBe(0);
  expect(await bench.plans.view(id)).toMatchObject({
    max_active_runs: 2,
    priority: 5,
    counts: { queued: 2 },
  });
  const wide = await backfill('adjust', id, '--max-active-runs', 'none', '--json');
  expect(JSON.parse(wide.stdout)).toMatchObject({ id, max_active_runs: null, priority: 5 });
});

test.each([
  [['adjust', 'ID'], /--max-active-runs, --priority or both/],
  [['adjust', 'ID', '--max-active-runs', 'all'], /whole number of at least 1, or "none"/],
  [['adjust', 'ID', '--priority', '1001'], /priority/],
  [['cancel', 'ID', '--runs', 'stop'], /cancel, finish/],
])('%j is a mistake, told in a sentence, and changes nothing', async (args, said) => {
  const id = await bench.running(days(2));
  const result = await backfill(...args.map((arg) => (arg === 'ID' ? id : arg)));
  expect(result.stderr).toMatch(said);
  expect(result.exitCode).toBe(2);
  expect(await bench.plans.view(id)).toMatchObject({
    state: 'running',
    priority: 100,
    max_active_runs: null,
  });
});

test('cancel ends what waits and says that live runs are still to end', async () => {
  const id = await bench.running(days(3));
  await bench.dispatcher.feed(JOB_ID);
  const live = await bench.start();
  const cancelling = await backfill('cancel', id, '--runs', 'finish');
  expect(cancelling.stdout).toBe(`Backfill ${id} is cancelling: 1 queued, 2 cancelled.\n`);
  expect(cancelling.stderr).toContain(`backfill status ${id} --wait`);
  expect(cancelling.exitCode).toBe(0);

  await bench.end(live, 'succeeded');
  const cancelled = await backfill('cancel', id, '--json');
  expect(JSON.parse(cancelled.stdout)).toMatchObject({ state: 'cancelled', counts: { succeeded: 1 } });
});

test('cancel --wait returns when the last live run has ended, and cancelled dates are no failure', async () => {
  const id = await bench.running(days(3));
  await bench.dispatcher.feed(JOB_ID);
  const live = await bench.start();
  const asked = new Promise<void>((resolve) => {
    web.facts.subscribe(({ type }) => type === 'backfill.cancelling' && resolve());
  });
  const waiting = backfill('cancel', id, '--wait');
  await asked;
  await bench.end(live, 'cancelled');
  await bench.outbox.confirm(await bench.outbox.read(100));
  const { stdout, exitCode } = await waiting;
  expect(stdout).toBe(`Backfill ${id} is cancelled: 3 cancelled.\n`);
  expect(exitCode).toBe(0);
});

test('control of an ended backfill is refused in a sentence', async () => {
  const id = await bench.running(days(1));
  await bench.control.cancel(id, 'cancel');
  const result = await backfill('adjust', id, '--priority', '1');
  expect(result.stderr).toBe(`backfill: Backfill ${id} has ended; start a new one instead.\n`);
  expect(result.exitCode).toBe(1);
});

test('run warns when more than 500 dates would run without stop_after_failures', async () => {
  const years = ['run', '--job', 'nightly', '--from', '2020-01-01', '--to', '2023-12-31'];
  const warned = await backfill(...years);
  expect(warned.stderr).toMatch(/^Note: Up to \d+ dates run without stop_after_failures/);
  expect(warned.exitCode).toBe(0);
  const careful = await backfill(...years, '--stop-after-failures', '10');
  expect(careful.stderr).not.toContain('Note:');
});
