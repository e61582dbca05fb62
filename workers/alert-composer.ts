import type { BackfillRecord } from '../queues/plan/backfill-record.ts';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { DateCounts } from '../queues/plan/date-letter.ts';
import type { DateView } from '../queues/plan/date-view.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import { RetryFamily } from '../queues/retries/retry-family.ts';
import { incidentOf, type Problem, type SignalOf } from '../queues/signals/signal.ts';
import type { Alert } from '../src/alerts/alert.ts';
import { failureCauses } from '../src/alerts/failure-causes.ts';

/** Of the dates whose runs were cancelled at Databricks, so many are named. */
const MAX_CANCELLED_NAMED = 10;

/** A signal that people are told of. */
export type AlertSignal = SignalOf<'ended'> | SignalOf<'problem'> | SignalOf<'recovered'>;

const PROBLEMS: Readonly<Record<Problem, { severity: Alert['severity']; words: string; recovered: string }>> =
  {
    paused: { severity: 'error', words: 'has paused itself', recovered: 'goes on' },
    stalled: { severity: 'warning', words: 'makes no progress', recovered: 'is no longer stalled' },
    failing: { severity: 'warning', words: 'fails too often', recovered: 'fails less often again' },
  };

/** Writes the messages, each complete in itself, from the plan as it reads now. */
export class AlertComposer {
  readonly #plans: PlanReader;
  readonly #pageUrl: string;

  constructor(plans: PlanReader, pageUrl: string) {
    this.#plans = plans;
    this.#pageUrl = pageUrl;
  }

  /** Null when the backfill is gone. */
  async compose(signal: AlertSignal): Promise<Alert | null> {
    const record = await this.#plans.record(signal.backfillId);
    if (record === null) return null;
    const view = await this.#plans.view(signal.backfillId);
    const failed = await this.#plans.dates(signal.backfillId, { state: 'failed' });
    const cancelled =
      signal.kind === 'ended' ? await this.#plans.dates(signal.backfillId, { state: 'cancelled' }) : [];
    return {
      key: `${signal.backfillId}_${signal.id}`,
      at: signal.at,
      ...words(signal, view, cancelled),
      ...(signal.kind === 'ended' && (await this.#endIncidents(signal, record))),
      backfill: {
        id: view.id,
        job: view.job,
        job_id: view.job_id,
        state: signal.kind === 'ended' ? signal.state : view.state,
        counts: view.counts,
        created_by: view.created_by,
        created_at: view.created_at,
        finished_at: view.finished_at,
        duration_seconds: Math.max(0, Date.parse(signal.at) - Date.parse(view.created_at)) / 1_000,
        url: `${this.#pageUrl}/backfills/${view.id}`,
      },
      causes: failureCauses(failed),
    };
  }

  /**
   * Failed dates are an incident until retries have made all of them good, which may have been before the
   * backfill ended.
   */
  async #endIncidents(
    { backfillId: id, state, problems }: SignalOf<'ended'>,
    record: BackfillRecord,
  ): Promise<Pick<Alert, 'opens' | 'closes'>> {
    const closes = problems.map((open) => incidentOf(id, open));
    if (state === 'completed_with_failures') {
      const family = await RetryFamily.of(this.#plans, record);
      return { opens: family.isMadeGood(id) ? null : endIncident(id), closes };
    }
    if (state !== 'completed' || record.retry_of === null) return { opens: null, closes };
    const family = await RetryFamily.of(this.#plans, record);
    return { opens: null, closes: [...closes, ...family.madeGoodBy(id).map(endIncident)] };
  }
}

function endIncident(backfillId: string): string {
  return `${backfillId}_ended`;
}

function words(
  signal: AlertSignal,
  { job, counts }: BackfillView,
  cancelled: readonly DateView[],
): Pick<Alert, 'event' | 'severity' | 'title' | 'reason' | 'opens' | 'closes'> {
  const { backfillId: id } = signal;
  switch (signal.kind) {
    case 'ended': {
      const failed = signal.state === 'completed_with_failures';
      return {
        event: 'ended',
        severity: failed ? 'error' : 'info',
        title: `Backfill of ${job}: ${endWords(signal.state, counts)}`,
        reason: cancelledWords(signal.state, cancelled),
        opens: null,
        closes: [],
      };
    }
    case 'problem': {
      const { severity, words } = PROBLEMS[signal.problem];
      const title = `Backfill of ${job} ${words}`;
      const opens = incidentOf(id, signal);
      return { event: signal.problem, severity, title, reason: signal.reason, opens, closes: [] };
    }
    case 'recovered': {
      const title = `Backfill of ${job} ${PROBLEMS[signal.problem].recovered}`;
      const closes = [incidentOf(id, signal)];
      return { event: 'recovered', severity: 'info', title, reason: null, opens: null, closes };
    }
  }
}

function endWords(state: string, { succeeded, failed, cancelled }: DateCounts): string {
  const words = [state.replaceAll('_', ' '), `${succeeded} succeeded`, `${failed} failed`];
  return (cancelled > 0 ? [...words, `${cancelled} cancelled`] : words).join(', ');
}

/** Somebody has cancelled their runs at Databricks; dates of a backfill that was cancelled itself are no news. */
function cancelledWords(state: string, cancelled: readonly DateView[]): string | null {
  if (state === 'cancelled' || cancelled.length === 0) return null;
  const named = cancelled.slice(0, MAX_CANCELLED_NAMED).map(({ position_date }) => position_date);
  const more = cancelled.length > named.length ? ` and ${cancelled.length - named.length} more` : '';
  return `Cancelled at Databricks: ${named.join(', ')}${more}.`;
}
