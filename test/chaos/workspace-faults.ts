import { setTimeout as pause } from 'node:timers/promises';
import type { EmulatorControl } from '../harness/emulator-process.ts';
import type { ApiRule } from './fault.ts';
import type { Outages } from './outages.ts';

const JOBS_PATHS = [
  '*/jobs/run-now',
  '*/jobs/runs/list',
  '*/jobs/runs/get',
  '*/jobs/runs/get-output',
  '*/jobs/runs/cancel',
  '*/jobs/get',
];
const SQL_PATH = '/sql/1.0/warehouses/*';
/** A fault that met nobody by then is over: while the gate is closed, faults would pile up before one date. */
const RULE_LIFE_MS = { jobs: 3_000, warehouse: 8_000 };
/** The gate is closed for at least this long after a 429 on run-now. */
const THROTTLED_MS = 1_000;

/** What goes wrong at the workspace: single answers, and times in which all of an API is down. */
export class WorkspaceFaults {
  readonly #control: EmulatorControl;
  readonly #outages: Outages;
  readonly #inForce = new Set<readonly object[]>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(control: EmulatorControl, outages: Outages) {
    this.#control = control;
    this.#outages = outages;
  }

  async answer(rule: ApiRule): Promise<void> {
    const { path } = rule.match;
    if (rule.status === 429 && rule.match.method === 'POST') {
      this.#outages.add(rule.times * Math.max(THROTTLED_MS, (rule.retry_after ?? 0) * 1_000));
    }
    await this.#hold([rule], path === SQL_PATH ? RULE_LIFE_MS.warehouse : RULE_LIFE_MS.jobs);
  }

  /** Every call that a worker makes of the Jobs API fails. */
  async apiDown(status: number, forMs: number): Promise<void> {
    const rules = JOBS_PATHS.map((path) => ({ match: { path }, status, times: null }));
    await this.#outages.measure(() => this.#hold(rules, forMs));
    if (status === 429) this.#outages.add(THROTTLED_MS);
  }

  warehouseDown(forMs: number): Promise<void> {
    return this.#hold([{ match: { path: SQL_PATH }, status: 503, times: null }], forMs);
  }

  /** Of writes that meet, every so many-th fails as Delta's do. */
  async writeConflicts(every: number, forMs: number): Promise<void> {
    await this.#control.config({ conflicting_writes: every });
    await pause(forMs);
    await this.#control.config({ conflicting_writes: 0 });
  }

  /** All is well again. */
  async end(): Promise<void> {
    await this.#inTurn(() => this.#control.clearFaults());
    await this.#control.config({ conflicting_writes: 0 });
  }

  /** The emulator forgets faults only all at once, so the others in force are told again. */
  async #hold(rules: readonly object[], forMs: number): Promise<void> {
    this.#inForce.add(rules);
    await this.#inTurn(() => this.#tell(rules));
    await pause(forMs);
    this.#inForce.delete(rules);
    await this.#inTurn(async () => {
      await this.#control.clearFaults();
      for (const others of this.#inForce) await this.#tell(others);
    });
  }

  async #tell(rules: readonly object[]): Promise<void> {
    for (const rule of rules) await this.#control.fault(rule);
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#last.catch(() => {}).then(act);
    this.#last = turn;
    return turn;
  }
}
