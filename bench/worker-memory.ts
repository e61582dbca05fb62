import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { BuiltWorker } from './built-worker.ts';
import type { Figure } from './figure.ts';
import { BenchStack } from './stack.ts';

const RUNS = 200;
const RUN_DURATION_MS = 600_000;
const WATCH_MS = 20_000;
const LOOK_INTERVAL_MS = 250;
const REQUEST = { job: 'limit_200', start_date: '2023-01-01', end_date: '2023-12-31' } as const;

/** The most memory that one worker holds resident while it watches 200 live runs. */
export async function measureWorkerMemory(signal: AbortSignal): Promise<Figure[]> {
  const stack = await BenchStack.start(0, signal);
  let worker: BuiltWorker | null = null;
  try {
    await stack.emulator.setRunDuration(RUN_DURATION_MS);
    worker = await BuiltWorker.start(stack.env, stack.cwd, signal);
    const { pid } = worker;
    const idleMb = await residentMb(pid);
    const { id } = await stack.create(REQUEST);
    await stack.until(id, ({ counts }) => counts.running === RUNS, signal);
    let mostMb = 0;
    for (const endMs = Date.now() + WATCH_MS; Date.now() < endMs; ) {
      mostMb = Math.max(mostMb, await residentMb(pid));
      await pause(LOOK_INTERVAL_MS, undefined, { signal });
    }
    const suite = 'worker-memory';
    return [
      { suite, name: `resident while ${RUNS} runs live`, measured: mostMb, target: 200, unit: 'MB' },
      { suite, name: 'resident before the first', measured: idleMb, target: null, unit: 'MB' },
    ];
  } finally {
    await worker?.stop();
    await stack.stop();
  }
}

async function residentMb(pid: number): Promise<number> {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kibibytes) * 1_024) / 1_000_000;
}
