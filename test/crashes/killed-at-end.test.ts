import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { STEPS_UNTIL_COMPLETED } from './attempt-step.ts';
import { expectSurvivedKill, teachRedisScripts } from './crashed-worker.ts';

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await startWorkspace();
  await teachRedisScripts(workspace);
});
afterAll(() => workspace?.stop());

const CASES = Object.entries(STEPS_UNTIL_COMPLETED).map(
  ([name, step], index) => [name, index % 2 === 0 ? 'already there' : 'started later', step] as const,
);

test.each(CASES)(
  'a worker killed %s leaves one run an attempt to a worker %s',
  async (_name, successor, step) => expectSurvivedKill(workspace, step, successor),
);
