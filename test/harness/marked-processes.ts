import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Processes whose environment holds `mark`, as their command lines (Linux). */
export async function markedProcesses(mark: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(mark)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    // A process that has ended and waits for its parent has no command line any more.
    if (command !== '') found.push(command.replaceAll('\0', ' '));
  }
  return found;
}

/** Waits until none is left, 5 s at most. Answers those that are. */
export async function remainingProcesses(mark: string): Promise<string[]> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const found = await markedProcesses(mark);
    if (found.length === 0 || Date.now() > deadline) return found;
    await pause(50);
  }
}
