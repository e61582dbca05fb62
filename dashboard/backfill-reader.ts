import { viewArchived, viewArchivedDates } from '../queues/archive/archived-backfill.ts';
import type { IndexPage } from '../queues/plan/backfill-index.ts';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { DateState } from '../queues/plan/date-letter.ts';
import type { DateView } from '../queues/plan/date-view.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import type { RetriedBackfill } from '../queues/retries/retry-backfill.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { readAttemptHistory } from '../src/tables/attempt-history.ts';
import { type EndedBackfill, readEndedBackfills } from '../src/tables/ended-backfills.ts';
import type { TableAnswers } from './table-answers.ts';

/**
 * Backfills as REST tells them: from Redis, and from the tables those that ended long ago. Only for these the
 * warehouse is asked, once for each question.
 */
export class BackfillReader {
  readonly #plans: PlanReader;
  readonly #answers: TableAnswers;

  constructor(plans: PlanReader, answers: TableAnswers) {
    this.#plans = plans;
    this.#answers = answers;
  }

  /** @throws BackfillError not_found; warehouse_* and tables_missing for an archived one */
  async view(id: string): Promise<BackfillView> {
    return (await this.#plans.find(id)) ?? viewArchived(await this.#archived(id));
  }

  /** The final view of an archived backfill; null for one that Redis has. @throws as {@link view} */
  async archivedView(id: string): Promise<BackfillView | null> {
    if ((await this.#plans.record(id)) !== null) return null;
    return viewArchived(await this.#archived(id));
  }

  /** Every date in plan order, or those of one state. @throws as {@link view} */
  async dates(id: string, only: { state?: DateState }): Promise<DateView[]> {
    if ((await this.#plans.record(id)) !== null) return this.#plans.dates(id, only);
    const backfill = await this.#archived(id);
    const { jobId, createdAtMs, request } = backfill;
    const asked = { id, jobId, createdAtMs, adopted: request.outcome.adopted };
    const dates = await this.#answers.settled(['dates', id], async (warehouse, tables) =>
      viewArchivedDates(backfill, await readAttemptHistory(warehouse, tables, asked)),
    );
    return dates.filter(({ state }) => only.state === undefined || state === only.state);
  }

  /** What a retry of it takes. @throws as {@link view} */
  async retried(id: string): Promise<RetriedBackfill> {
    const failed = await this.dates(id, { state: 'failed' });
    const record = await this.#plans.record(id);
    if (record !== null) {
      return {
        id,
        jobId: record.job_id,
        state: record.state,
        settings: record,
        asked: record.request,
        failed,
      };
    }
    const { jobId, state, request } = await this.#archived(id);
    return { id, jobId, state, settings: request.settings, asked: request.asked, failed };
  }

  /**
   * A page, newest first. It ends before the first archived backfill unless it begins with one: what Redis
   * has is told without asking the warehouse, so that a page may be shorter than its limit.
   */
  async list(page: IndexPage): Promise<{
    items: BackfillView[];
    nextCursor: string | null;
  }> {
    const { ids, nextCursor } = await this.#plans.index.page(page);
    const views = await Promise.all(ids.map((id) => this.#plans.find(id)));
    const firstArchived = views.indexOf(null);
    if (firstArchived > 0) {
      const items = views.slice(0, firstArchived).filter((view) => view !== null);
      return { items, nextCursor: ids[firstArchived - 1] ?? null };
    }
    const archived = await this.#stored(ids.filter((_, index) => views[index] === null));
    const items = ids.flatMap((id, index) => {
      const stored = archived.find((backfill) => backfill.id === id);
      const view = views[index] ?? (stored && viewArchived(stored));
      return view ? [view] : [];
    });
    return { items, nextCursor };
  }

  async #archived(id: string): Promise<EndedBackfill> {
    const [backfill] = (await this.#plans.index.isArchived(id)) ? await this.#stored([id]) : [];
    if (backfill !== undefined) return backfill;
    throw new BackfillError('not_found', `There is no backfill ${id}.`, { details: { id } });
  }

  async #stored(ids: readonly string[]): Promise<EndedBackfill[]> {
    if (ids.length === 0) return [];
    return this.#answers.settled(['ended', ...ids], async (warehouse, tables) => [
      ...(await readEndedBackfills(warehouse, tables, ids)).values(),
    ]);
  }
}
