import type { Job } from 'bullmq';
import { type LineageJob, LineageJobSchema } from '../queues/payloads/lineage-job.ts';
import { post } from '../src/alerts/http-post.ts';
import type { LineageConfig } from '../src/config/config.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { deliver } from './delivery.ts';

/** Sends the run events of the queue `lineage`. One that is sent twice says the same twice. */
export class LineageProcessor {
  readonly #lineage: LineageConfig;
  readonly #facts: FactBus;

  constructor(lineage: LineageConfig, facts: FactBus) {
    this.#lineage = lineage;
    this.#facts = facts;
  }

  /** @throws BackfillError for what may pass; BullMQ brings the job again */
  async process(job: Job<LineageJob>): Promise<{ event: string }> {
    const { event, backfill_id } = LineageJobSchema.parse(job.data);
    const { url, apiKey } = this.#lineage;
    const authorization = apiKey && { authorization: `Bearer ${apiKey.reveal()}` };
    await deliver(
      job,
      () =>
        post('The lineage endpoint', url.reveal(), {
          headers: { 'content-type': 'application/json', ...authorization },
          body: JSON.stringify(event),
        }),
      (kind, error) => {
        if (kind !== 'sent') this.#facts.emit({ type: `lineage.${kind}`, backfill_id, error });
      },
    );
    return { event: event.eventType };
  }
}
