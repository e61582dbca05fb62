import type { Run } from '../../src/databricks/run.ts';
import { endedRuns, PAGE_SIZE } from '../../workers/ended-list.ts';
import { eventually } from '../harness/eventually.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

const RUNS = 600;
const AT_ONCE = 50;

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterAll(() => workspace?.stop());

async function readDownTo(untilMs: number): Promise<Run[]> {
  const { client, jobId } = workspace;
  const runs: Run[] = [];
  const options = { untilMs, signal: new AbortController().signal };
  for await (const page of endedRuns(client, jobId, options)) runs.push(...page);
  return runs;
}

test('runs are seen however many end between two looks, and in the same millisecond as those seen before', async () => {
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
  const seen = async () => new Set((await readDownTo(0)).map(({ runId }) => runId)).size;
  expect(await eventually(seen, (count) => count >= RUNS)).toBe(RUNS);

  // Others may have ended in the very millisecond of the last that was seen, and stand behind it.
  const [lastOfPage, next] = (await readDownTo(0)).slice(PAGE_SIZE - 1);
  const runIds = (await readDownTo(lastOfPage?.endTimeMs ?? 0)).map(({ runId }) => runId);
  expect(runIds).toContain(next?.runId);
});
