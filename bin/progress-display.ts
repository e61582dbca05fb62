import { Presets, SingleBar } from 'cli-progress';
import { countsLine, seconds } from './backfill-report.ts';
import type { BackfillAnswer } from './rest-answers.ts';
import type { Terminal } from './terminal.ts';

const LEAST_LINE_INTERVAL_MS = 1_000;

/** Shows how far a backfill has come: a bar that moves where a person watches, else a line now and then. */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #bar: SingleBar | null;
  #lastLine = '';
  #lastLineAtMs = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#bar = terminal.interactive
      ? new SingleBar(
          { format: '  {bar} {value}/{total}  {counts}{eta}', stream: process.stderr },
          Presets.shades_classic,
        )
      : null;
  }

  update(backfill: BackfillAnswer): void {
    if (this.#bar !== null) this.#draw(this.#bar, backfill);
    else this.#write(backfill, false);
  }

  /** Leaves the last state standing. */
  finish(backfill: BackfillAnswer | null): void {
    this.#bar?.stop();
    if (this.#bar === null && backfill !== null) this.#write(backfill, true);
  }

  #draw(bar: SingleBar, backfill: BackfillAnswer): void {
    const eta =
      typeof backfill.eta_seconds === 'number' ? `, about ${seconds(backfill.eta_seconds)} left` : '';
    const payload = { counts: countsLine(backfill.counts), eta };
    if (bar.isActive) bar.update(doneOf(backfill), payload);
    else bar.start(backfill.counts.total, doneOf(backfill), payload);
  }

  #write(backfill: BackfillAnswer, last: boolean): void {
    const line = `  ${doneOf(backfill)}/${backfill.counts.total}  ${countsLine(backfill.counts)}`;
    const early = Date.now() - this.#lastLineAtMs < LEAST_LINE_INTERVAL_MS;
    if (line === this.#lastLine || (early && !last)) return;
    this.#lastLine = line;
    this.#lastLineAtMs = Date.now();
    this.#terminal.notice(line);
  }
}

function doneOf({ counts }: BackfillAnswer): number {
  return counts.succeeded + counts.failed + counts.skipped + counts.cancelled;
}
