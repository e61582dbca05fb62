import type { Terminal } from './terminal.ts';

/** An answer this young is as good as a new one. */
const YOUNG_MS = 2_000;

/** Says from when an answer is that the web process gave again. */
export function noticeAge(terminal: Terminal, asOf: string | undefined): void {
  const ageMs = asOf === undefined ? 0 : Date.now() - Date.parse(asOf);
  if (ageMs < YOUNG_MS) return;
  terminal.notice(`As of ${Math.round(ageMs / 1000)} s ago; --fresh asks the warehouse again.`);
}
