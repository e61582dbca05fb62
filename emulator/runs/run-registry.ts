import { type ApiError, invalidParameter } from '../api-error.ts';
import { isActive, type Run, type TaskRun } from './run.ts';

/** The runs of the workspace and the idempotency tokens that made them. */
export class RunRegistry {
  readonly #runs = new Map<bigint, Run>();
  readonly #runIdByToken = new Map<string, bigint>();
  readonly #endTimeMsOfDeleted = new Map<bigint, number>();

  add(run: Run): void {
    this.#runs.set(run.runId, run);
    if (run.idempotencyToken !== null) this.#runIdByToken.set(run.idempotencyToken, run.runId);
  }

  find(runId: bigint): Run | undefined {
    return this.#runs.get(runId);
  }

  /** Throws the 400 with which the Jobs API reports a missing run. */
  get(runId: bigint): Run {
    const run = this.#runs.get(runId);
    if (run === undefined) throw missing(runId);
    return run;
  }

  /** The task try with that run id, and its run. Throws like `get`. */
  getTask(taskRunId: bigint): { run: Run; taskRun: TaskRun } {
    for (const run of this.#runs.values()) {
      const taskRun = [...run.tasks, ...run.formerTasks].find(({ runId }) => runId === taskRunId);
      if (taskRun !== undefined) return { run, taskRun };
    }
    throw missing(taskRunId);
  }

  /**
   * The run that this token made, whatever became of it; null for a new token. A token stays taken
   * for good: when its run was deleted this throws 400 (Databricks documents "an error", not which).
   */
  findByToken(token: string): Run | null {
    const runId = this.#runIdByToken.get(token);
    if (runId === undefined) return null;
    const run = this.#runs.get(runId);
    if (run === undefined) {
      throw invalidParameter(
        `The run with the provided idempotency token has been deleted: run ${runId} does not exist.`,
      );
    }
    return run;
  }

  /** Throws 400 while the run is active. */
  delete(runId: bigint): void {
    const run = this.get(runId);
    if (isActive(run)) throw invalidParameter(`Run ${runId} is active and cannot be deleted.`);
    this.#runs.delete(runId);
    this.#endTimeMsOfDeleted.set(runId, run.endTimeMs);
  }

  /** Forgets the runs that have ended, with their tokens, as if they had never been. */
  forgetEnded(): void {
    for (const run of this.#runs.values()) {
      if (isActive(run)) continue;
      this.#runs.delete(run.runId);
      if (run.idempotencyToken !== null) this.#runIdByToken.delete(run.idempotencyToken);
    }
  }

  /** When the run ended, also if it was deleted since; 0 while it lives. */
  endTimeMs(runId: bigint): number {
    return this.#runs.get(runId)?.endTimeMs ?? this.#endTimeMsOfDeleted.get(runId) ?? 0;
  }

  /** In the order of runs/list: by end time, or start time while unfinished, latest first. */
  list(): Run[] {
    return [...this.#runs.values()].toSorted(
      (a, b) => sortTimeMs(b) - sortTimeMs(a) || (a.runId < b.runId ? 1 : -1),
    );
  }
}

function missing(runId: bigint): ApiError {
  return invalidParameter(`Run ${runId} does not exist.`);
}

function sortTimeMs(run: Run): number {
  return run.endTimeMs === 0 ? run.startTimeMs : run.endTimeMs;
}
