import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import type { EmulatorControl, LedgerEntry } from '../harness/emulator-process.ts';
import { Random } from './random.ts';

const LOOK_INTERVAL_MS = 20;
const ENDED: readonly string[] = ['TERMINATED', 'SKIPPED', 'DELETED'];
const FOREIGN = 'somebody-else-';
/** A date that no plan of a storm has. */
const FOREIGN_DATE = '2020-01-01';

/** Ends that a few dates of a plan are given beforehand, one for each attempt; after them the notebook decides. */
const SCRIPTS: readonly [object[], ...object[][]] = [
  [{ result_state: 'FAILED', termination_code: 'CLUSTER_ERROR', termination_type: 'CLOUD_FAILURE' }],
  [
    { result_state: 'FAILED', termination_code: 'INTERNAL_ERROR', termination_type: 'INTERNAL_ERROR' },
    { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED', termination_code: 'DRIVER_ERROR' },
  ],
  [{ result_state: 'TIMEDOUT' }],
  [{ result_state: 'CANCELED', termination_code: 'CANCELED' }],
  [{ result_state: 'CANCELED', termination_code: 'USER_CANCELED', termination_type: 'CLIENT_ERROR' }],
  [{ result_state: 'FAILED', termination_code: 'RUN_EXECUTION_ERROR', termination_type: 'CLIENT_ERROR' }],
  [{ result_state: 'FAILED', termination_code: 'BRAND_NEW_CODE', termination_type: 'CLOUD_FAILURE' }],
  [{ result_state: 'SUCCESS_WITH_FAILURES' }],
  [{ life_cycle_state: 'SKIPPED', termination_code: 'MAX_CONCURRENT_RUNS_EXCEEDED' }],
];

/** One date in so many has a scripted end. */
const SCRIPTED_SHARE = 0.12;

export function isForeign({ idempotency_token }: LedgerEntry): boolean {
  return idempotency_token?.startsWith(FOREIGN) ?? false;
}

/** What happens to runs at Databricks that this product does not order. */
export class RunFaults {
  readonly #control: EmulatorControl;
  readonly #client: WorkspaceClient;
  readonly #jobId: string;
  readonly #jobName: string;
  readonly #deleteRun: (runId: string) => Promise<void>;

  constructor(parts: {
    control: EmulatorControl;
    client: WorkspaceClient;
    jobId: string;
    jobName: string;
    deleteRun: (runId: string) => Promise<void>;
  }) {
    this.#control = parts.control;
    this.#deleteRun = parts.deleteRun;
    this.#client = parts.client;
    this.#jobId = parts.jobId;
    this.#jobName = parts.jobName;
  }

  /** Tells the emulator how the runs of some dates shall end; answers how many dates. */
  async script(dates: readonly string[], seed: number): Promise<number> {
    const random = new Random(seed);
    const chosen = dates.filter(() => random.chance(SCRIPTED_SHARE));
    for (const date of chosen) {
      const attempts = random.oneOf(SCRIPTS);
      await this.#control.outcomes({
        job_name: this.#jobName,
        parameters: { position_date: date },
        attempts,
      });
    }
    return chosen.length;
  }

  /** Waits for the end of the youngest live run and deletes it in the same moment. */
  async deleteOne(): Promise<boolean> {
    const { run_now } = await this.#control.ledger();
    const victim = run_now.findLast(
      (entry) => entry.created && !isForeign(entry) && !ENDED.includes(entry.run_state),
    );
    if (victim === undefined) return false;
    for (;;) {
      const ledger = await this.#control.ledger();
      const now = ledger.run_now.find(({ run_id, created }) => created && run_id === victim.run_id);
      if (now === undefined || ENDED.includes(now.run_state)) break;
      await pause(LOOK_INTERVAL_MS);
    }
    await this.#deleteRun(victim.run_id);
    return true;
  }

  /** Somebody else starts runs of the same job. */
  async startForeign(runs: number): Promise<void> {
    const starts = Array.from({ length: runs }, () =>
      this.#client.jobs.runNow({
        jobId: this.#jobId,
        jobParameters: { position_date: FOREIGN_DATE },
        idempotencyToken: `${FOREIGN}${randomUUID()}`,
      }),
    );
    await Promise.allSettled(starts);
  }

  /** Somebody edits the job; its limit is what it was after a while. */
  async changeLimit(limit: number, forMs: number, backTo: number): Promise<void> {
    await this.#client.jobs.update(this.#jobId, { max_concurrent_runs: limit });
    await pause(forMs);
    await this.#client.jobs.update(this.#jobId, { max_concurrent_runs: backTo });
  }
}
