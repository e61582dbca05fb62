import { randomUUID } from 'node:crypto';
import { type FleetLooks, LOOK_LEASE_MS, type LookTurn } from '../queues/looks/fleet-looks.ts';
import { withDeadline } from '../src/databricks/deadline.ts';
import type { Run } from '../src/databricks/run.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { Alarm } from './alarm.ts';
import { ListLook } from './list-look.ts';
import { lookIntervalMs, overdueMs } from './look-pace.ts';

const MAX_OWN_LOOKS_AT_ONCE = 5;
const MIN_BACKOFF_MS = 150;
const MAX_BACKOFF_MS = 15_000;
/** A request may also have waited for the budget or a 429; those keep the next one waiting themselves. */
const MAX_BUSY_PAUSE_MS = 1_000;
/** The others let the last looker be first, so that the turn seldom moves and seldom two ask for it. */
const MAX_COURTESY_MS = 50;

interface Watched {
  readonly sinceMs: number;
  /** When it was last asked for by its id; first the time from which on its time until it is overdue counts. */
  askedMs: number;
  /** How old it was when Databricks last answered that it lives. */
  livedMs: number;
  readonly settle: (run: Run | null) => void;
}

export interface RunWatchParts {
  readonly client: WorkspaceClient;
  readonly looks: FleetLooks;
  readonly jobId: string;
  readonly facts: FactBus;
  /** How long the job's last runs took; null before the first. */
  readonly typicalMs: number | null;
  /** Share of the typical run time that may pass between looks. */
  readonly share: number;
  /** Aborted when this worker stops and nobody here waits for a run any more. */
  readonly handover: AbortSignal;
}

/**
 * Watches all runs of one target job that this process holds. Whoever in the fleet has the turn looks at the
 * list of the job's ended runs, and tells the others what it found; each run is also asked for by its own id
 * when it is overdue, which finds what lists and others may miss, such as deleted runs.
 */
export class RunWatch {
  readonly #parts: RunWatchParts;
  readonly #list: ListLook;
  readonly #holder = randomUUID();
  readonly #stopping = new AbortController();
  readonly #watched = new Map<string, Watched>();
  readonly #alarm = new Alarm();
  readonly #unlisten: () => void;
  readonly #end = () => {
    this.#stopping.abort();
    this.#alarm.ring();
  };
  #typicalMs: number | null;
  /** The last look whose findings this process knows; null when it must ask for what it may have missed. */
  #knownLook: number | null = null;
  #lookedLast = false;
  /** How long a request of the last look of this process took. */
  #requestMs = 0;
  #looping: Promise<void> | null = null;

  constructor(parts: RunWatchParts) {
    this.#parts = parts;
    this.#typicalMs = parts.typicalMs;
    this.#list = new ListLook(parts);
    this.#unlisten = parts.looks.listen(parts.jobId, (runIds) => {
      if (!runIds.some((runId) => this.#watched.has(runId))) return;
      this.#knownLook = null;
      this.#alarm.ring();
    });
    // A request that waits for its turn is refused then, which is no failure to tell of.
    if (parts.handover.aborted) this.#end();
    parts.handover.addEventListener('abort', this.#end, { once: true });
  }

  /**
   * Resolves with the run when it has ended, or null when it was deleted. `mayHaveEnded`: the run may have
   * ended long ago, so it is asked for at once.
   * @throws the signal's reason when aborted
   */
  async ended(runId: string, options: { signal: AbortSignal; mayHaveEnded: boolean }): Promise<Run | null> {
    const { signal, mayHaveEnded } = options;
    // Rejects rather than throws, so that whoever races it against something else hears of both.
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abandon = () => {
        this.#watched.delete(runId);
        reject(signal.reason);
      };
      const settle = (run: Run | null) => {
        this.#watched.delete(runId);
        signal.removeEventListener('abort', abandon);
        resolve(run);
      };
      const now = Date.now();
      this.#watched.set(runId, { sinceMs: now, askedMs: mayHaveEnded ? 0 : now, livedMs: 0, settle });
      signal.addEventListener('abort', abandon, { once: true });
      // Somebody may have seen it end before it came here.
      this.#knownLook = null;
      if (mayHaveEnded) this.#alarm.ring();
      this.#looping ??= this.#loop();
    });
  }

  async stop(): Promise<void> {
    this.#end();
    this.#parts.handover.removeEventListener('abort', this.#end);
    this.#unlisten();
    await this.#looping;
  }

  async #loop(): Promise<void> {
    let failures = 0;
    for (;;) {
      let delayMs: number;
      try {
        delayMs = await this.#takePart();
        failures = 0;
      } catch (thrown) {
        if (this.#stopping.signal.aborted) break;
        failures += 1;
        const error = toBackfillError(thrown);
        delayMs = error.retryAfterMs ?? Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** failures);
        this.#tellFailure(error, delayMs);
      }
      if (this.#watched.size === 0 || this.#stopping.signal.aborted) break;
      await this.#alarm.pause(delayMs);
    }
    // In the same tick as the last look at what is watched: a run that comes later starts a new loop.
    this.#looping = null;
  }

  /** Looks if it is this process' turn, else hears of what others saw; answers when to come again. */
  async #takePart(): Promise<number> {
    const { looks, jobId } = this.#parts;
    const turn = await this.#unlessStopped(() => looks.take(jobId, this.#holder, this.#intervalMs()));
    this.#typicalMs = turn.typicalMs;
    if (this.#knownLook !== turn.look) await this.#hear(turn.look);
    const courtesyMs = this.#lookedLast ? 0 : Math.random() * Math.min(MAX_COURTESY_MS, turn.waitMs / 10);
    this.#lookedLast = turn.taken;
    const delayMs = turn.taken ? await this.#look(turn) : turn.waitMs + courtesyMs;
    return (await this.#lookAtOverdue()) ? 0 : delayMs;
  }

  #intervalMs(): number {
    if (this.#watched.size === 0) return MAX_BUSY_PAUSE_MS;
    const now = Date.now();
    const agesMs = Array.from(this.#watched.values(), ({ sinceMs }) => now - sinceMs);
    const paceMs = lookIntervalMs({
      typicalMs: this.#typicalMs,
      oldestMs: Math.max(...agesMs),
      youngestMs: Math.min(...agesMs),
      share: this.#parts.share,
    });
    // A workspace that is slow to answer is not asked more than half of the time.
    return Math.max(paceMs, Math.min(this.#requestMs, MAX_BUSY_PAUSE_MS));
  }

  async #hear(look: number): Promise<void> {
    const { looks, jobId } = this.#parts;
    const asked = [...this.#watched.keys()];
    this.#knownLook = look;
    try {
      for (const run of await this.#unlessStopped(() => looks.ended(jobId, asked))) this.#notice(run);
    } catch (thrown) {
      this.#knownLook = null;
      throw thrown;
    }
  }

  /** A failure is the whole fleet's: it is one workspace. */
  async #look(turn: LookTurn): Promise<number> {
    const { looks, jobId } = this.#parts;
    const { signal } = this.#stopping;
    const startedMs = performance.now();
    const renewal = setInterval(() => {
      looks.renew(jobId, this.#holder).catch(() => {});
    }, LOOK_LEASE_MS / 3);
    try {
      const found = await this.#list.look(turn, { signal, onEnded: (run) => this.#notice(run) });
      this.#requestMs = (performance.now() - startedMs) / found.pages;
      const published = await this.#unlessStopped(() => looks.publish(jobId, this.#holder, found));
      if (!published) return 0;
      this.#list.published(found);
      // Unless runs that others saw end came in meanwhile.
      if (this.#knownLook === turn.look) this.#knownLook += 1;
      return this.#intervalMs();
    } catch (thrown) {
      if (signal.aborted) {
        // The others need not wait until the turn of a worker that stops is over.
        looks.fail(jobId, this.#holder, 0).catch(() => {});
        throw signal.reason;
      }
      const error = toBackfillError(thrown);
      const delayMs = await this.#unlessStopped(() => looks.fail(jobId, this.#holder, error.retryAfterMs));
      this.#tellFailure(error, delayMs);
      return delayMs;
    } finally {
      clearInterval(renewal);
    }
  }

  /** Asks for a few at a time, so that the list is looked at in between; answers whether more are overdue. */
  async #lookAtOverdue(): Promise<boolean> {
    const now = Date.now();
    const overdue = [...this.#watched].filter(
      ([, { askedMs, livedMs }]) => askedMs + overdueMs(this.#typicalMs, livedMs) <= now,
    );
    for (const [runId, watched] of overdue.slice(0, MAX_OWN_LOOKS_AT_ONCE)) {
      watched.askedMs = now;
      try {
        const { signal } = this.#stopping;
        this.#notice(await this.#parts.client.jobs.getRun(runId, { signal }));
        watched.livedMs = now - watched.sinceMs;
      } catch (error) {
        if (!(error instanceof BackfillError) || error.code !== 'workspace_not_found') throw error;
        watched.settle(null);
      }
    }
    return overdue.length > MAX_OWN_LOOKS_AT_ONCE;
  }

  #notice(run: Run): void {
    if (run.phase === 'terminated') this.#watched.get(run.runId)?.settle(run);
  }

  /** A Redis that is away keeps commands waiting, and a stop must not wait for it. */
  #unlessStopped<T>(work: () => Promise<T>): Promise<T> {
    return withDeadline({ deadlineMs: null, signal: this.#stopping.signal }, work);
  }

  #tellFailure(error: BackfillError, delayMs: number): void {
    const { facts, jobId } = this.#parts;
    facts.emit({ type: 'watch.failed', job_id: jobId, error, retry_in_ms: delayMs });
  }
}
