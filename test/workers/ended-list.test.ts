import { endedRuns } from '../../workers/ended-list.ts';
import { eventually } from '../harness/eventually.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

const RUNS = 600;
const AT_ONCE = 50;

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterAll(() => workspace?.stop());

test('runs are seen however many end between two looks', async () => {
  const { client, emulator, jobId } = workspace;
  await client.jobs.update(jobId, { max_concurrent_runs: 1_000 });
  await emulator.local.config({ run_duration_ms: { min: 0, max: 0 } });
  const started = new Set<string>();
  const start = async () => {
    while (started.size < RUNS) {
      const idempotencyToken = `run ${started.size}`;
      started.add(idempotencyToken);
      await client.jobs.runNow({ jobId, idempotencyToken });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, start));
  const all = { untilMs: 0, signal: new AbortController().signal };
  const seen = async () => {
    const runIds = new Set<string>();
    for await (const page of endedRuns(client, jobId, all)) for (const { runId } of page) runIds.add(runId);
    return runIds.size;
  };
  expect(await eventually(seen, (count) => count >= RUNS)).toBe(RUNS);
});
