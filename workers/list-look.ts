import { LRUCache } from 'lru-cache';
import type { LookTurn } from '../queues/looks/fleet-looks.ts';
import type { Run } from '../src/databricks/run.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { endedRuns } from './ended-list.ts';

/** How far the clock of Databricks may be from ours; more only delays the first look at a run. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Runs that ended this long before the last look are looked at once more: clocks and lists may lag. */
const OVERLAP_MS = 5_000;
/**
 * How often, a page: with many short runs the overlap is pages long, and reading it often would cost more than
 * all else. Short runs that were missed are soon overdue.
 */
const OVERLAP_INTERVAL_MS = 1_000;
/** More than a look reads, so that pages which hold older runs too do not make them news again. */
const MAX_REMEMBERED = 1_000;

export interface ListFinding {
  /** The ended runs that this process has not told of yet. */
  readonly runs: readonly Run[];
  /** When the newest run ended that anybody has seen ended, in the time of Databricks. */
  readonly seenUntilMs: number;
  /** How many requests it took. */
  readonly pages: number;
}

/** A look at the list of a job's ended runs, down to those that the fleet has seen before. */
export class ListLook {
  readonly #client: WorkspaceClient;
  readonly #jobId: string;
  readonly #published = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  #nextOverlapMs = 0;
  #lastLook = 0;

  constructor({ client, jobId }: { client: WorkspaceClient; jobId: string }) {
    this.#client = client;
    this.#jobId = jobId;
  }

  /** Tells `onEnded` of every ended run that it sees, page by page. */
  async look(
    { look, seenUntilMs }: LookTurn,
    { signal, onEnded }: { signal: AbortSignal; onEnded: (run: Run) => void },
  ): Promise<ListFinding> {
    // Redis has lost what was published.
    if (look < this.#lastLook) this.#published.clear();
    this.#lastLook = look;
    const knownUntilMs = seenUntilMs ?? Date.now() - CLOCK_TOLERANCE_MS;
    const overlapping = Date.now() >= this.#nextOverlapMs;
    const untilMs = knownUntilMs - (overlapping ? OVERLAP_MS : 0);
    const runs: Run[] = [];
    let pages = 0;
    for await (const page of endedRuns(this.#client, this.#jobId, { untilMs, signal })) {
      pages += 1;
      for (const run of page) {
        onEnded(run);
        if (!this.#published.has(run.runId)) runs.push(run);
      }
    }
    if (overlapping) this.#nextOverlapMs = Date.now() + pages * OVERLAP_INTERVAL_MS;
    const newestMs = runs.reduce((newest, run) => Math.max(newest, run.endTimeMs ?? 0), knownUntilMs);
    return { runs, seenUntilMs: newestMs, pages };
  }

  /** What was found has reached the others. */
  published({ runs }: ListFinding): void {
    for (const { runId } of runs) this.#published.set(runId, true);
  }
}
