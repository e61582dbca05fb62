import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

export interface MarkedProcess {
  readonly pid: number;
  /** Command line, its parts joined by spaces. */
  readonly command: string;
}

/** Processes whose environment holds `mark` (Linux). */
export async function markedProcesses(mark: string): Promise<MarkedProcess[]> {
  const found: MarkedProcess[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(mark)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    // A process that has ended and waits for its parent has no command line any more.
    if (command !== '') found.push({ pid: Number(entry), command: command.replaceAll('\0', ' ') });
  }
  return found;
}

/** Waits until none is left, 15 s at most. Answers those that are. */
export async function remainingProcesses(mark: string): Promise<MarkedProcess[]> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = await markedProcesses(mark);
    if (found.length === 0 || Date.now() > deadline) return found;
    await pause(50);
  }
}
