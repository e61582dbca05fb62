import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosStack } from './chaos-stack.ts';
import type { Fault, FaultKind, TimedFault } from './fault.ts';
import type { RunFaults } from './run-faults.ts';
import type { WorkspaceFaults } from './workspace-faults.ts';

export interface StormRunParts {
  readonly stack: ChaosStack;
  readonly runFaults: RunFaults;
  readonly workspaceFaults: WorkspaceFaults;
  /** The job's own limit. */
  readonly limit: number;
  /** Told of each fault as it comes. */
  readonly onFault: (fault: TimedFault) => void;
}

/** Carries out a storm until it is told to end. Faults that last do not delay those that follow. */
export class StormRun {
  /** Faults that met somebody, by kind. */
  readonly injected = new Map<FaultKind, number>();
  /** Faults that the storm itself could not carry out. */
  readonly failures: unknown[] = [];
  readonly #parts: StormRunParts;
  readonly #over = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #running: Promise<void> | null = null;

  constructor(parts: StormRunParts) {
    this.#parts = parts;
  }

  start(faults: readonly TimedFault[]): void {
    this.#running ??= this.#run(faults, Date.now());
  }

  /** Begins no further fault, waits for the end of those under way, and makes all well again. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
    await Promise.all(this.#underWay);
    await this.#parts.workspaceFaults.end();
  }

  async #run(faults: readonly TimedFault[], startedMs: number): Promise<void> {
    const { signal } = this.#over;
    for (const fault of faults) {
      const waitMs = Math.max(0, startedMs + fault.atMs - Date.now());
      await pause(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#parts.onFault(fault);
      const carriedOut: Promise<void> = this.#carryOut(fault)
        .then((met) => {
          if (met) this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
        })
        .catch((failure) => void this.failures.push(failure))
        .finally(() => this.#underWay.delete(carriedOut));
      this.#underWay.add(carriedOut);
    }
  }

  /** Answers false when there was nobody to meet. */
  async #carryOut(fault: Fault): Promise<boolean> {
    const { stack, runFaults, workspaceFaults, limit } = this.#parts;
    switch (fault.kind) {
      case 'worker killed':
        return stack.victims.kill(fault.worker, fault.backAfterMs);
      case 'worker terminated':
        return stack.victims.terminate(fault.worker, fault.backAfterMs);
      case 'worker frozen':
        return stack.victims.freeze(fault.worker, fault.forMs);
      case 'redis restarted':
        await stack.redis.restart(fault.downMs);
        return true;
      case 'redis frozen':
        await stack.redis.freeze(fault.forMs);
        return true;
      case 'redis connections cut':
        await stack.redis.cutConnections();
        return true;
      case 'api fault':
      case 'warehouse fault':
        await workspaceFaults.answer(fault.rule);
        return true;
      case 'api down':
        await workspaceFaults.apiDown(fault.status, fault.forMs);
        return true;
      case 'limit changed':
        await runFaults.changeLimit(fault.limit, fault.forMs, limit);
        return true;
      case 'run deleted':
        return runFaults.deleteOne();
      case 'foreign runs':
        await runFaults.startForeign(fault.runs);
        return true;
      case 'warehouse down':
        await workspaceFaults.warehouseDown(fault.forMs);
        return true;
      case 'write conflicts':
        await workspaceFaults.writeConflicts(fault.every, fault.forMs);
        return true;
    }
  }
}
