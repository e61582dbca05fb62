/** A row of system.lakeflow.jobs. */
export interface SystemJobRow {
  workspace_id: string;
  job_id: string;
  name: string;
  creator_id: string;
  tags: Record<string, string>;
  change_time: string;
  delete_time: string | null;
  run_as: string;
}

/**
 * The history behind system.lakeflow.jobs: a row per change, as the real table keeps it. Rows reach
 * SQL in order, one publication at a time; the real table lags by hours, so nobody waits for it.
 */
export class SystemJobs {
  readonly #rows: SystemJobRow[] = [];
  readonly #publish: (rows: SystemJobRow[]) => Promise<void>;
  #publishing: Promise<void> | null = null;
  #stale = false;
  #held = false;

  constructor(publish: (rows: SystemJobRow[]) => Promise<void>) {
    this.#publish = publish;
  }

  record(row: SystemJobRow): void {
    this.#rows.push(row);
    this.#stale = true;
    if (!this.#held) this.#publishSoon();
  }

  /** Holds rows back from SQL, or lets them through again. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.#stale) this.#publishSoon();
  }

  /** Resolves when what was recorded has been published. */
  async settled(): Promise<void> {
    await this.#publishing;
  }

  #publishSoon(): void {
    this.#publishing ??= this.#drain().finally(() => {
      this.#publishing = null;
    });
  }

  async #drain(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      try {
        await this.#publish([...this.#rows]);
      } catch (failure) {
        process.stderr.write(`system.lakeflow.jobs could not be brought up to date: ${failure}\n`);
      }
    }
  }
}
