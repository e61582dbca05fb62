import { isTerminal, type LogRow } from './log-row.ts';

/**
 * Folds rows of the same run_id and date to one, as the table would after taking them one by one: the
 * first terminal row wins, until then later values replace earlier ones, and a null replaces nothing.
 * A MERGE refuses two source rows for one target row, so every batch is folded first.
 */
export function foldLogRows(rows: readonly LogRow[]): LogRow[] {
  const folded = new Map<string, LogRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.runId, row.positionDate]);
    const before = folded.get(key);
    folded.set(key, before === undefined ? row : foldTwo(before, row));
  }
  return [...folded.values()];
}

function foldTwo(before: LogRow, after: LogRow): LogRow {
  if (!isTerminal(before.status)) return overlay(before, after);
  // A STARTED that arrives late may still know what the terminal row left out.
  return isTerminal(after.status) ? before : overlay(after, before);
}

function overlay(base: LogRow, top: LogRow): LogRow {
  const known = Object.entries(top).filter(([, value]) => value !== null && value !== undefined);
  return { ...base, ...Object.fromEntries(known) };
}
