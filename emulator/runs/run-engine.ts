import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../jobs/job.ts';
import type { Configuration } from '../local/configuration.ts';
import type { Ledger } from '../local/ledger.ts';
import { holdsSlot, isActive, type QueueCode, type Run } from './run.ts';
import { REFUSED_JOB_FULL, type RunEnd, TIMED_OUT, USER_CANCELED } from './run-end.ts';
import { driveTasks, type ExecuteTask } from './task-drive.ts';

export interface RunEngineOptions {
  configuration: () => Configuration;
  ledger: Ledger;
  findJob: (jobId: bigint) => Job | undefined;
  executeTask: ExecuteTask;
}

/**
 * Moves runs through their states by the clock, whether or not anybody looks:
 * QUEUED -> PENDING -> RUNNING -> (TERMINATING) -> TERMINATED.
 */
export class RunEngine {
  readonly #options: RunEngineOptions;
  readonly #active = new Set<Run>();
  /** First come, first started, among the runs that may start at all. */
  readonly #queue: Run[] = [];
  readonly #lives = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: RunEngineOptions) {
    this.#options = options;
    // Every run listens, and Node would warn from the eleventh on.
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Why a new run of this job could not start now; null if it could. */
  obstacle(job: Job): QueueCode | null {
    const slots = [...this.#active].filter(holdsSlot);
    if (slots.length >= this.#options.configuration().workspace_max_active_runs)
      return 'ACTIVE_RUNS_LIMIT_REACHED';
    const ofJob = slots.filter((run) => run.jobId === job.jobId);
    return ofJob.length >= job.settings.max_concurrent_runs ? 'MAX_CONCURRENT_RUNS_REACHED' : null;
  }

  /**
   * Takes a new or repaired run in: it starts, queues, or ends SKIPPED. A job with
   * max_concurrent_runs 0 skips every run, queue or not.
   */
  submit(run: Run, job: Job): void {
    const obstacle = this.obstacle(job);
    const refusal = immediateEnd(run, job, obstacle);
    if (refusal !== null) {
      this.#finish(run, refusal);
      return;
    }
    run.state = 'QUEUED';
    run.queueCode = obstacle;
    run.queuedSinceMs = Date.now();
    this.#active.add(run);
    this.#queue.push(run);
    const active = [...this.#active].filter((other) => other.jobId === run.jobId);
    this.#options.ledger.recordActive(run.jobId, active.length);
    this.promote();
  }

  /** Starts every queued run that now may; call it after a limit was raised. */
  promote(): void {
    if (this.#stopping.signal.aborted) return;
    for (const run of [...this.#queue]) {
      const job = this.#options.findJob(run.jobId);
      run.queueCode = job === undefined ? 'MAX_CONCURRENT_RUNS_REACHED' : this.obstacle(job);
      if (run.queueCode !== null) continue;
      this.#unqueue(run);
      run.state = 'PENDING';
      this.#track(this.#live(run));
    }
  }

  /** Cancels a run asynchronously; does nothing to one that is ending or has ended. */
  cancel(run: Run): void {
    if (!isActive(run) || run.stopping.signal.aborted) return;
    run.stopping.abort('cancelled');
    if (run.state !== 'QUEUED') return;
    this.#unqueue(run);
    this.#track(this.#terminate(run, USER_CANCELED));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const run of this.#active) run.stopping.abort('stopped');
    await Promise.allSettled(this.#lives);
  }

  async #live(run: Run): Promise<void> {
    const { configuration, findJob, executeTask } = this.#options;
    const { signal } = run.stopping;
    const timeoutSeconds = findJob(run.jobId)?.settings.timeout_seconds ?? 0;
    const deadline = new AbortController();
    // Before the delay: whoever starts a run and then sets another duration means the next run.
    const { min, max } = configuration().run_duration_ms;
    try {
      await sleep(configuration().start_delay_ms, undefined, { signal });
      run.state = 'RUNNING';
      if (timeoutSeconds > 0) this.#track(timeOut(run, timeoutSeconds, deadline.signal));
      this.#finish(run, await driveTasks(run, executeTask, min + Math.random() * (max - min)));
    } catch (failure) {
      if (!signal.aborted) throw failure;
      await this.#terminate(run, signal.reason === 'timed_out' ? TIMED_OUT : USER_CANCELED);
    } finally {
      deadline.abort();
    }
  }

  async #terminate(run: Run, end: RunEnd): Promise<void> {
    run.state = 'TERMINATING';
    for (const taskRun of run.tasks) if (taskRun.state === 'RUNNING') taskRun.state = 'TERMINATING';
    const { signal } = this.#stopping;
    await sleep(this.#options.configuration().terminate_delay_ms, undefined, { signal }).catch(() => {});
    this.#finish(run, end);
  }

  #finish(run: Run, end: RunEnd): void {
    const nowMs = Date.now();
    run.state = 'TERMINATED';
    run.queueCode = null;
    run.end = end;
    run.endTimeMs = nowMs;
    for (const taskRun of run.tasks) {
      if (taskRun.end !== null) continue;
      Object.assign(taskRun, { state: 'TERMINATED', endTimeMs: nowMs, end });
    }
    const repair = run.repairs.at(-1);
    if (repair !== undefined) Object.assign(repair, { endTimeMs: nowMs, end });
    this.#active.delete(run);
    this.promote();
  }

  #unqueue(run: Run): void {
    this.#queue.splice(this.#queue.indexOf(run), 1);
    run.queueCode = null;
    run.queueDurationMs += Date.now() - run.queuedSinceMs;
  }

  #track(life: Promise<void>): void {
    const tracked = life.finally(() => this.#lives.delete(tracked));
    this.#lives.add(tracked);
  }
}

/** How a run ends that never starts. */
function immediateEnd(run: Run, job: Job, obstacle: QueueCode | null): RunEnd | null {
  if (run.scriptedEnd?.lifeCycleState === 'SKIPPED') return run.scriptedEnd;
  if (job.settings.max_concurrent_runs === 0) return REFUSED_JOB_FULL;
  return obstacle === 'MAX_CONCURRENT_RUNS_REACHED' && !run.mayQueue ? REFUSED_JOB_FULL : null;
}

async function timeOut(run: Run, timeoutSeconds: number, calledOff: AbortSignal): Promise<void> {
  try {
    await sleep(timeoutSeconds * 1000, undefined, { signal: calledOff });
  } catch {
    return;
  }
  run.stopping.abort('timed_out');
}
