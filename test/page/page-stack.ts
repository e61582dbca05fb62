import { RunningCommand } from '../harness/command.ts';
import { cleanUpRedis } from '../harness/redis.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

export interface PageStack {
  readonly workspace: TestWorkspace;
  readonly url: string;
  /** How the run of a date shall end at Databricks. */
  script(date: string, ...attempts: object[]): Promise<void>;
  stop(): Promise<void>;
}

/** A workspace, a web process and a worker process, as in production. Stop it in afterAll. */
export async function startPageStack(): Promise<PageStack> {
  const workspace = await startWorkspace();
  const processes = ['web', 'worker'].map((verb) => new RunningCommand([verb], { env: workspace.env }));
  const stop = async () => {
    await Promise.all(processes.map((command) => command.stop()));
    await workspace.stop();
    await cleanUpRedis(workspace.config.redis.prefix);
  };
  try {
    await Promise.all(processes.map((command) => command.untilSaid(/"Ready/)));
    const [web] = processes;
    const [, url = ''] = /"url":"(http[^"]+)"/.exec(web?.said ?? '') ?? [];
    return {
      workspace,
      url,
      script: (date, ...attempts) =>
        workspace.emulator.local.outcomes({
          job_name: '02_process_data',
          parameters: { position_date: date },
          attempts,
        }),
      stop,
    };
  } catch (failure) {
    await stop();
    throw failure;
  }
}
