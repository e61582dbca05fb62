import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { DateLetter } from '../queues/plan/date-letter.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';

/** Dates of an ended backfill that did not succeed and that no later backfill has taken up: somebody has to look. */
export interface WaitingFailures {
  backfill_id: string;
  job: string;
  failed: number;
  /** Their runs were cancelled at Databricks; nobody cancelled the backfill. */
  cancelled: number;
  finished_at: string | null;
}

/** What the plan of a backfill says of failures: its own, and those before it that it has taken up. */
interface Account {
  readonly failed: readonly string[];
  readonly cancelled: readonly string[];
  readonly taken: ReadonlySet<string>;
}

/** Dates that were never to run there say nothing about a failure before. */
const NOT_TAKEN: ReadonlySet<DateLetter> = new Set(['n', 'x', 'u']);

/** Finds the failures that wait for a person. It asks Redis only. */
export class WaitingFailureFinder {
  readonly #plans: Pick<PlanReader, 'plan'>;
  /** Of ended backfills, whose plans change no more: open pages ask every other second. */
  #kept: ReadonlyMap<string, Account> = new Map();

  constructor(plans: Pick<PlanReader, 'plan'>) {
    this.#plans = plans;
  }

  /** Among these backfills, which come newest first, as do those of the answer. */
  async among(views: readonly BackfillView[]): Promise<WaitingFailures[]> {
    const oldest = views.findLastIndex(hasUnsuccessful);
    const looked = views.slice(0, oldest + 1);
    const accounts = new Map<string, Account>();
    for (const view of looked) accounts.set(view.id, await this.#accountOf(view));
    this.#kept = new Map(
      looked.flatMap(({ id, finished_at }) => {
        const account = accounts.get(id);
        return finished_at === null || account === undefined ? [] : [[id, account] as const];
      }),
    );
    const takenByJob = new Map<string, Set<string>>();
    const found: WaitingFailures[] = [];
    for (const { id, job, job_id, finished_at } of looked) {
      const account = accounts.get(id);
      if (account === undefined) continue;
      const taken = takenByJob.get(job_id) ?? new Set<string>();
      takenByJob.set(job_id, taken);
      const waits = (date: string) => !taken.has(date);
      const failed = account.failed.filter(waits).length;
      const cancelled = account.cancelled.filter(waits).length;
      // One that goes on may yet retry what has failed, and shows it itself.
      if (finished_at !== null && failed + cancelled > 0) {
        found.push({ backfill_id: id, job, failed, cancelled, finished_at });
      }
      for (const date of account.taken) taken.add(date);
    }
    return found;
  }

  async #accountOf(view: BackfillView): Promise<Account> {
    return this.#kept.get(view.id) ?? accountOf(view, await this.#plans.plan(view.id));
  }
}

function hasUnsuccessful({ finished_at, counts }: BackfillView): boolean {
  return finished_at !== null && counts.failed + counts.cancelled > 0;
}

function accountOf({ state }: BackfillView, plan: Awaited<ReturnType<PlanReader['plan']>>): Account {
  const datesOf = (letter: DateLetter) =>
    plan.filter((date) => date.letter === letter).map(({ positionDate }) => positionDate);
  // What a person cancels together with its backfill waits for nobody, and takes up nothing either.
  const byPerson = state === 'cancelled';
  const taken = plan.filter(({ letter }) => !NOT_TAKEN.has(letter) && !(byPerson && letter === 'c'));
  return {
    failed: datesOf('f'),
    cancelled: byPerson ? [] : datesOf('c'),
    taken: new Set(taken.map(({ positionDate }) => positionDate)),
  };
}
