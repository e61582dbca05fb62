import { textTable } from '../../bin/text-table.ts';
import type { FaultKind } from './fault.ts';
import type { Violation } from './verdict.ts';

/** What a storm came to. */
export interface StormReport {
  readonly seed: number;
  readonly killEverySeconds: number;
  readonly dates: number;
  readonly workers: number;
  readonly limit: number;
  readonly lockMs: number;
  readonly injected: ReadonlyMap<FaultKind, number>;
  readonly scriptedDates: number;
  /** How many dates ended in each state. */
  readonly states: string;
  readonly started: number;
  readonly refused: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly mostLive: number;
  readonly overLimit: number;
  readonly logRows: number;
  readonly wrongLogRows: number;
  readonly wallMs: number;
  /** Slot time of all runs at the limits that were in force. */
  readonly idealMs: number;
  readonly outageMs: number;
  readonly slowestExitMs: number | null;
  readonly violations: readonly Violation[];
}

/** The one table of a storm. */
export function reportTable(report: StormReport): string {
  const faults = [...report.injected].toSorted().map(([kind, times]) => `${times} x ${kind}`);
  return textTable(
    ['storm', `seed ${report.seed}, a worker fault every ${report.killEverySeconds} s`],
    [
      [
        'fleet',
        `${report.dates} dates, ${report.workers} workers, limit ${report.limit}, locks ${seconds(report.lockMs)} s`,
      ],
      ['faults injected', faults.join('\n')],
      ['scripted ends', `of ${report.scriptedDates} dates`],
      ['dates', report.states],
      ['runs started', `${report.started}, refused besides ${report.refused}`],
      ['duplicates', report.duplicates],
      ['lost dates', report.lost],
      ['most live at once', `${report.mostLive}, over the limit in force ${report.overLimit} times`],
      ['log rows', `${report.logRows}, wrong ${report.wrongLogRows}`],
      [
        'wall time',
        `${seconds(report.wallMs)} s; ideal ${seconds(report.idealMs)} s, outages ${seconds(report.outageMs)} s, (wall - outages) / ideal ${ratio(report)}`,
      ],
      ['slowest exit', report.slowestExitMs === null ? 'none' : `${seconds(report.slowestExitMs)} s`],
      ['violations', report.violations.length],
    ],
  );
}

export function violationLines(violations: readonly Violation[], most = 40): string[] {
  const lines = violations.slice(0, most).map(({ invariant, what }) => `${invariant}: ${what}`);
  return violations.length > most ? [...lines, `... and ${violations.length - most} more`] : lines;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function ratio({ wallMs, idealMs, outageMs }: StormReport): string {
  return ((wallMs - outageMs) / idealMs).toFixed(2);
}
