import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { BenchStack } from './stack.ts';

const RUNS = 200;
const RUN_DURATION_MS = 600_000;
const WATCH_MS = 20_000;
const LOOK_INTERVAL_MS = 250;
const REQUEST = { job: 'limit_200', start_date: '2023-01-01', end_date: '2023-12-31' } as const;

/** The most memory that one worker holds resident while it watches 200 live runs. */
export async function measureWorkerMemory(signal: AbortSignal): Promise<Figure[]> {
  const stack = await BenchStack.start(1, signal);
  try {
    await stack.emulator.setRunDuration(RUN_DURATION_MS);
    const pid = await workerPid();
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
    await stack.stop();
  }
}

/** The worker among the processes that we started (Linux). */
async function workerPid(): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    if (!status.includes(`\nPPid:\t${process.pid}\n`)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8');
    if (command.split('\0').includes('worker')) return Number(entry);
  }
  throw new Error('The worker process was not found under /proc.');
}

async function residentMb(pid: number): Promise<number> {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kibibytes) * 1_024) / 1_000_000;
}
