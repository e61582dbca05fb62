import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { KeySpace } from '../queues/key-space.ts';
import { type AlertJob, AlertJobSchema } from '../queues/payloads/alert-job.ts';
import { incidentOf, isProblem } from '../queues/signals/signal.ts';
import type { Alert } from '../src/alerts/alert.ts';
import { sendAlert } from '../src/alerts/send-alert.ts';
import type { AlertChannel, AlertsConfig } from '../src/config/config.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { deliver, mayBeRepeat } from './delivery.ts';

/** Longer than the beginning of an incident is tried to be sent. */
const ENDED_INCIDENT_TTL_MS = 3 * 24 * 60 * 60 * 1_000;

export interface AlertProcessorParts {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly channels: AlertsConfig['channels'];
  readonly facts: FactBus;
}

/** Sends the messages of the queue `alerts`. The job is their intent, its completion the record that they went. */
export class AlertProcessor {
  readonly #parts: AlertProcessorParts;

  constructor(parts: AlertProcessorParts) {
    this.#parts = parts;
  }

  /** @throws BackfillError for what may pass; BullMQ brings the job again */
  async process(job: Job<AlertJob>): Promise<{ channel: string; event: string }> {
    const { channel: name, alert, backfill_id } = AlertJobSchema.parse(job.data);
    const fact = { backfill_id, channel: name, event: alert.event };
    let refused_recipients = 0;
    await deliver(
      job,
      async () => {
        const channel = this.#parts.channels[name];
        if (channel === undefined) throw unknownChannel(name);
        if (channel.type === 'pagerduty') return this.#sendIncident(channel, job);
        const sent = await sendAlert(channel, alert, mayBeRepeat(job));
        refused_recipients = sent.refusedRecipients ?? 0;
      },
      (kind, error) => {
        if (kind !== 'sent') this.#parts.facts.emit({ type: `alert.${kind}`, ...fact, error });
        else if (refused_recipients === 0) this.#parts.facts.emit({ type: 'alert.sent', ...fact });
        else this.#parts.facts.emit({ type: 'alert.partly_sent', refused_recipients, ...fact });
      },
    );
    return { channel: name, event: alert.event };
  }

  /**
   * The end of an incident is sent by another job, and may overtake its beginning: an incident that was opened,
   * or may have been by an earlier try, although it is over is closed here, for nobody else would.
   */
  async #sendIncident(channel: AlertChannel, job: Job<AlertJob>): Promise<void> {
    const { alert, backfill_id } = job.data;
    const { opens, closes } = alert;
    const { redis, keys } = this.#parts;
    for (const incident of closes) {
      await redis.set(keys.endedIncident(incident), '1', 'PX', ENDED_INCIDENT_TTL_MS);
    }
    if (opens === null) return void (await sendAlert(channel, alert, false));
    const closing = { ...alert, opens: null, closes: [opens] };
    if (!(await this.#isOver(backfill_id, alert))) {
      await sendAlert(channel, alert, false);
      if (await this.#isOver(backfill_id, alert)) await sendAlert(channel, closing, false);
      return;
    }
    const tried = job.attemptsStarted > 1;
    await sendAlert(
      channel,
      tried ? { ...closing, closes: [...closes, opens] } : { ...alert, opens: null },
      false,
    );
  }

  async #isOver(backfillId: string, { event, opens }: Alert): Promise<boolean> {
    if (opens === null) return false;
    const { redis, keys } = this.#parts;
    if ((await redis.exists(keys.endedIncident(opens))) === 1) return true;
    if (!isProblem(event)) return false;
    const since = await redis.hget(keys.backfill(backfillId), `problem_${event}`);
    return opens !== incidentOf(backfillId, { problem: event, since: since ?? '' });
  }
}

/** Another worker may have a newer configuration. */
function unknownChannel(name: string): BackfillError {
  return new BackfillError(
    'receiver_unavailable',
    `This worker's configuration has no channel ${name}; give all workers the same backfill.alerts.`,
  );
}
