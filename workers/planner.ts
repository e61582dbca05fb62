import type { Job } from 'bullmq';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { Outbox } from '../queues/outbox/outbox.ts';
import { type PlanJob, PlanJobSchema } from '../queues/payloads/plan-job.ts';
import type { RetryLink } from '../queues/plan/attempt-record.ts';
import type { BackfillRecord } from '../queues/plan/backfill-record.ts';
import type { PlanStore } from '../queues/plan/plan-store.ts';
import { daysOfDate, type PlannedDate } from '../queues/plan/plan-text.ts';
import { plannedDate, windowOf } from '../queues/plan/plan-window.ts';
import { firstLink } from '../queues/plan/retry-links.ts';
import type { Warehouse } from '../src/databricks/warehouse.ts';
import { toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { dayVerdicts } from '../src/planning/date-verdicts.ts';
import type { RunSettings } from '../src/planning/run-settings.ts';
import { settledWindows } from '../src/planning/window-plan.ts';
import { prepareQuality } from '../src/quality/quality-preparation.ts';
import { type DateHistory, readDateHistory } from '../src/tables/date-history.ts';
import type { TableNames } from '../src/tables/table-names.ts';

/** Ends the planning of a backfill: asks the log what is done already, then lets the dates run. */
export class Planner {
  readonly #plans: PlanStore;
  readonly #outbox: Outbox;
  readonly #dispatcher: Dispatcher;
  readonly #warehouse: Warehouse;
  readonly #tables: TableNames;
  readonly #facts: FactBus;
  readonly #onPlanning: (jobId: string) => void;

  constructor(parts: {
    plans: PlanStore;
    outbox: Outbox;
    dispatcher: Dispatcher;
    warehouse: Warehouse;
    tables: TableNames;
    facts: FactBus;
    /** Told of the job whose dates are to run soon, before the log is asked. */
    onPlanning: (jobId: string) => void;
  }) {
    this.#plans = parts.plans;
    this.#outbox = parts.outbox;
    this.#dispatcher = parts.dispatcher;
    this.#warehouse = parts.warehouse;
    this.#tables = parts.tables;
    this.#facts = parts.facts;
    this.#onPlanning = parts.onPlanning;
  }

  /** @throws whatever kept the log from being read; BullMQ brings the job again and the backfill says why. */
  async process(job: Job<PlanJob>): Promise<{ settled: boolean }> {
    const { backfill_id: id } = PlanJobSchema.parse(job.data);
    const backfill = await this.#plans.record(id);
    if (!backfill?.in_planning) return { settled: false };
    this.#onPlanning(backfill.job_id);
    try {
      return { settled: await this.#settle(backfill) };
    } catch (thrown) {
      const error = toBackfillError(thrown);
      this.#facts.emit({ type: 'plan.postponed', backfill_id: id, error });
      const reason =
        error.code === 'invalid_quality_rule' ? error.message : `Waiting for the log: ${error.message}`;
      await this.#plans.explainPlanning(id, reason);
      throw thrown;
    }
  }

  async #settle(backfill: BackfillRecord): Promise<boolean> {
    const stored = await this.#plans.plan(backfill.id);
    const history = await this.#history(backfill, stored);
    const { granularity } = backfill.run_settings;
    const verdicts = dayVerdicts(backfill.reprocess, history);
    const plan = settledWindows(stored.map(windowOf), granularity, verdicts).map(plannedDate);
    if (backfill.order === 'desc') plan.reverse();
    const runSettings = await this.#preparedSettings(backfill);
    const links = firstLinks(backfill, plan, history);
    const settled = await this.#plans.settle(backfill, plan, skippedDates(plan), { runSettings, links });
    await this.#dispatcher.feed(backfill.job_id);
    if (!settled) return false;
    this.#facts.emit({
      type: 'plan.settled',
      backfill_id: backfill.id,
      dates: plan.length,
      to_run: plan.filter(({ letter }) => letter === 'p').length,
    });
    return true;
  }

  /** Settings with the columns that shall stay as they are now; nothing runs that could not be checked. */
  async #preparedSettings({ run_settings }: BackfillRecord): Promise<RunSettings> {
    if (run_settings.quality === null) return run_settings;
    const quality = await prepareQuality(this.#warehouse, this.#tables, run_settings.quality);
    return { ...run_settings, quality };
  }

  async #history(backfill: BackfillRecord, plan: readonly PlannedDate[]): Promise<Map<string, DateHistory>> {
    const dates = plan.filter(({ letter }) => letter === 'p').flatMap(daysOfDate);
    const [startDate, endDate] = [dates.sort().at(0), dates.at(-1)];
    if (backfill.reprocess === 'all' || startDate === undefined || endDate === undefined) return new Map();
    // In this order: a row that leaves the outbox in between is in the table then.
    const pending = await this.#outbox.attemptRows(backfill.job_id);
    const range = { jobId: backfill.job_id, startDate, endDate };
    return readDateHistory(this.#warehouse, this.#tables, range, pending);
  }
}

/** Only days that are no business days are logged as skipped; the other verdicts live in the plan. */
function skippedDates(plan: readonly PlannedDate[]): { at: string; dates: string[] } | null {
  const dates = plan.filter(({ letter }) => letter === 'n').map(({ positionDate }) => positionDate);
  return dates.length === 0 ? null : { at: new Date().toISOString(), dates };
}

function firstLinks(
  backfill: BackfillRecord,
  plan: readonly PlannedDate[],
  history: ReadonlyMap<string, DateHistory>,
): Record<string, RetryLink> {
  const links: Record<string, RetryLink> = {};
  for (const { positionDate, letter } of plan) {
    const link = letter === 'p' ? firstLink(backfill, history.get(positionDate)) : null;
    if (link !== null) links[positionDate] = link;
  }
  return links;
}
