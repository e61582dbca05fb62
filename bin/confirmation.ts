import { createInterface } from 'node:readline/promises';
import type { Terminal } from './terminal.ts';

/** Whether somebody at a terminal agrees; where nobody can be asked, who called has already decided. */
export async function confirmed(terminal: Terminal, question: string): Promise<boolean> {
  if (!terminal.interactive || process.stdin.isTTY !== true) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
