import type { Job } from 'bullmq';
import { type AlertJob, AlertJobSchema } from '../queues/payloads/alert-job.ts';
import { sendAlert } from '../src/alerts/send-alert.ts';
import type { AlertsConfig } from '../src/config/config.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { deliver, mayBeRepeat } from './delivery.ts';

/** Sends the messages of the queue `alerts`. The job is their intent, its completion the record that they went. */
export class AlertProcessor {
  readonly #channels: AlertsConfig['channels'];
  readonly #facts: FactBus;

  constructor(channels: AlertsConfig['channels'], facts: FactBus) {
    this.#channels = channels;
    this.#facts = facts;
  }

  /** @throws BackfillError for what may pass; BullMQ brings the job again */
  async process(job: Job<AlertJob>): Promise<{ channel: string; event: string }> {
    const { channel: name, alert, backfill_id } = AlertJobSchema.parse(job.data);
    const fact = { backfill_id, channel: name, event: alert.event };
    await deliver(
      async () => {
        const channel = this.#channels[name];
        if (channel === undefined) throw unknownChannel(name);
        await sendAlert(channel, alert, mayBeRepeat(job));
      },
      (kind, error) => {
        if (kind === 'sent') this.#facts.emit({ type: 'alert.sent', ...fact });
        else this.#facts.emit({ type: `alert.${kind}`, ...fact, error });
      },
    );
    return { channel: name, event: alert.event };
  }
}

/** Another worker may have a newer configuration. */
function unknownChannel(name: string): BackfillError {
  return new BackfillError(
    'receiver_unavailable',
    `This worker's configuration has no channel ${name}; give all workers the same backfill.alerts.`,
  );
}
