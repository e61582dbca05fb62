import { createInterface } from 'node:readline/promises';
import type { Terminal } from './terminal.ts';

/** Whether somebody sits there to answer; where not, who called has already decided. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.interactive && process.stdin.isTTY === true;
}

/** Whether that person agrees. */
export async function confirmed(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
