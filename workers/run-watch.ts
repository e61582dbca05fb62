import type { Run } from '../src/databricks/run.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { pause } from './pause.ts';

/** A look costs one request, so the time between looks follows the length of the runs: 5 % of it. */
const SHARE_OF_RUN = 0.05;
const MIN_INTERVAL_MS = 150;
const MAX_INTERVAL_MS = 10_000;
/** Each run is also asked for by its own id this often; it finds what a list may miss, such as deleted runs. */
const OWN_LOOK_MS = 30_000;
/** A run that takes this many times as long as usual is asked for before that: it may be gone. */
const OVERDUE_LENGTHS = 2.5;
const MIN_OWN_LOOK_MS = 2_000;
const MAX_OWN_LOOKS_AT_ONCE = 5;
const MAX_PAGES = 20;
/** `limit` of runs/list is documented as "less than 25". */
const PAGE_SIZE = 24;
const MAX_BACKOFF_MS = 15_000;
/** How far the clock of Databricks may be from ours; more only delays the first look at a run. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Runs that ended this long before the last look are looked at once more: clocks and lists may lag. */
const OVERLAP_MS = 5_000;
/** How often; with many short runs the overlap is pages long, and reading it each time would slow every look. */
const OVERLAP_INTERVAL_MS = 1_000;

interface Watched {
  readonly sinceMs: number;
  nextOwnLookMs: number;
  readonly settle: (run: Run | null) => void;
}

/**
 * Watches all runs of one target job that this process holds, with one request a look however many they
 * are: the list of the job's ended runs, newest first, down to those it has seen before.
 */
export class RunWatch {
  readonly #client: WorkspaceClient;
  readonly #jobId: string;
  readonly #facts: FactBus;
  readonly #stopping = new AbortController();
  readonly #watched = new Map<string, Watched>();
  #typicalMs: number | null;
  #newestEndMs = 0;
  #nextOverlapMs = 0;
  #looping: Promise<void> | null = null;

  constructor(options: { client: WorkspaceClient; jobId: string; facts: FactBus; typicalMs: number | null }) {
    this.#client = options.client;
    this.#jobId = options.jobId;
    this.#facts = options.facts;
    this.#typicalMs = options.typicalMs;
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
      this.#watched.set(runId, {
        sinceMs: now,
        nextOwnLookMs: mayHaveEnded ? now : now + this.#overdueMs(),
        settle,
      });
      signal.addEventListener('abort', abandon, { once: true });
      this.#looping ??= this.#loop();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looping;
  }

  async #loop(): Promise<void> {
    let failures = 0;
    this.#newestEndMs = Math.max(this.#newestEndMs, Date.now() - CLOCK_TOLERANCE_MS);
    while (this.#watched.size > 0 && !this.#stopping.signal.aborted) {
      try {
        await pause(this.#intervalMs(), this.#stopping.signal);
        await this.#lookAtList();
        await this.#lookAtOverdue();
        failures = 0;
      } catch (thrown) {
        if (this.#stopping.signal.aborted) break;
        failures += 1;
        const error = toBackfillError(thrown);
        const delayMs = error.retryAfterMs ?? Math.min(MAX_BACKOFF_MS, MIN_INTERVAL_MS * 2 ** failures);
        this.#facts.emit({ type: 'watch.failed', job_id: this.#jobId, error, retry_in_ms: delayMs });
        await pause(delayMs, this.#stopping.signal).catch(() => {});
      }
    }
    // In the same tick as the last look at what is watched: a run that comes later starts a new loop.
    this.#looping = null;
  }

  #overdueMs(): number {
    if (this.#typicalMs === null) return OWN_LOOK_MS;
    return Math.min(OWN_LOOK_MS, Math.max(MIN_OWN_LOOK_MS, this.#typicalMs * OVERDUE_LENGTHS));
  }

  #intervalMs(): number {
    const oldest = Math.min(...Array.from(this.#watched.values(), ({ sinceMs }) => sinceMs));
    const length = this.#typicalMs ?? Date.now() - oldest;
    return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, length * SHARE_OF_RUN));
  }

  async #lookAtList(): Promise<void> {
    const overlapping = Date.now() >= this.#nextOverlapMs;
    const seenUntilMs = this.#newestEndMs - (overlapping ? OVERLAP_MS : 0);
    let newestEndMs = this.#newestEndMs;
    let pageToken: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { runs, nextPageToken } = await this.#client.jobs.listRuns(
        {
          jobId: this.#jobId,
          completedOnly: true,
          limit: PAGE_SIZE,
          ...(pageToken !== null && { pageToken }),
        },
        { signal: this.#stopping.signal },
      );
      for (const run of runs) {
        newestEndMs = Math.max(newestEndMs, run.endTimeMs ?? 0);
        this.#notice(run);
      }
      const oldestEndMs = runs.at(-1)?.endTimeMs ?? 0;
      pageToken = nextPageToken;
      if (pageToken === null || oldestEndMs <= seenUntilMs || this.#watched.size === 0) break;
    }
    // Only now: after a page that failed, the next look must go as deep as this one wanted to.
    this.#newestEndMs = newestEndMs;
    if (overlapping) this.#nextOverlapMs = Date.now() + OVERLAP_INTERVAL_MS;
  }

  async #lookAtOverdue(): Promise<void> {
    const now = Date.now();
    const overdue = [...this.#watched].filter(([, { nextOwnLookMs }]) => nextOwnLookMs <= now);
    for (const [runId, watched] of overdue.slice(0, MAX_OWN_LOOKS_AT_ONCE)) {
      watched.nextOwnLookMs = now + this.#overdueMs();
      try {
        this.#notice(await this.#client.jobs.getRun(runId, { signal: this.#stopping.signal }));
      } catch (error) {
        if (!(error instanceof BackfillError) || error.code !== 'workspace_not_found') throw error;
        watched.settle(null);
      }
    }
  }

  #notice(run: Run): void {
    if (run.phase !== 'terminated') return;
    const watched = this.#watched.get(run.runId);
    if (!watched) return;
    if (run.outcome?.kind === 'succeeded' && run.runDurationMs !== null) this.#learn(run.runDurationMs);
    watched.settle(run);
  }

  #learn(runDurationMs: number): void {
    this.#typicalMs = this.#typicalMs === null ? runDurationMs : this.#typicalMs * 0.8 + runDurationMs * 0.2;
  }
}
