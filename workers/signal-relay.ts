import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { Lease } from '../queues/lease.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import type { Signal } from '../queues/signals/signal.ts';
import type { SignalEntry, SignalStream } from '../queues/signals/signal-stream.ts';
import type { Alert } from '../src/alerts/alert.ts';
import { alertPolicyFor } from '../src/config/alerts-config.ts';
import type { AlertEvent, Config } from '../src/config/config.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { AlertComposer, type AlertSignal } from './alert-composer.ts';
import { lineageEvent } from './lineage-event.ts';
import { pause } from './pause.ts';

const LOOK_INTERVAL_MS = 500;
const MAX_BACKOFF_MS = 15_000;
const BATCH = 100;

export interface SignalRelayParts {
  readonly stream: SignalStream;
  readonly plans: PlanReader;
  readonly queues: BackfillQueues;
  readonly lease: Lease;
  readonly config: Config;
  readonly facts: FactBus;
}

/**
 * Turns each signal into the jobs that tell others of it: one a channel. A job's id is made of the signal's,
 * so that a signal that comes twice, after a crash in between, makes no second job.
 */
export class SignalRelay implements Service {
  readonly #parts: SignalRelayParts;
  readonly #composer: AlertComposer;
  readonly #stopping = new AbortController();
  #looping: Promise<void> | null = null;

  constructor(parts: SignalRelayParts) {
    this.#parts = parts;
    this.#composer = new AlertComposer(parts.plans, parts.config.alerts.pageUrl);
  }

  async start(): Promise<void> {
    this.#looping ??= this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looping;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      let delayMs = LOOK_INTERVAL_MS;
      try {
        await this.#relayAll(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        delayMs = Math.min(MAX_BACKOFF_MS, LOOK_INTERVAL_MS * 2 ** failures);
        this.#parts.facts.emit({ type: 'service.failed', service: 'signals', error });
      }
      await pause(delayMs, signal).catch(() => {});
    }
  }

  async #relayAll(signal: AbortSignal): Promise<void> {
    const { stream, lease } = this.#parts;
    if ((await stream.length()) === 0 || !(await lease.hold())) return;
    for (let full = true; full && !signal.aborted; ) {
      const entries = await stream.read(BATCH);
      for (const entry of entries) {
        // A slow Redis may have let it run out; whoever has it now goes on where we stand.
        if (signal.aborted || !(await lease.hold())) return;
        await this.#relay(entry);
        await stream.confirm(entry.id);
      }
      full = entries.length === BATCH;
    }
    await lease.release();
  }

  async #relay(entry: SignalEntry): Promise<void> {
    if ('unreadable' in entry) {
      const { unreadable: error } = entry;
      this.#parts.facts.emit({ type: 'service.failed', service: 'signals', error });
      return;
    }
    const { signal } = entry;
    await this.#addLineage(signal);
    if (signal.kind === 'ended' || signal.kind === 'problem' || signal.kind === 'recovered') {
      await this.#addAlerts(signal);
    }
  }

  async #addAlerts(signal: AlertSignal): Promise<void> {
    const alert = await this.#composer.compose(signal);
    if (alert?.backfill == null) return;
    const { job, job_id: jobId } = alert.backfill;
    const policy = alertPolicyFor(this.#parts.config, { jobId, name: job });
    const event: AlertEvent = signal.kind === 'ended' ? 'ended' : signal.problem;
    const wanted = policy.events.includes(event);
    for (const [channel, { type }] of Object.entries(this.#parts.config.alerts.channels)) {
      if (!(policy.channels ?? [channel]).includes(channel)) continue;
      // An incident that was opened is closed, whoever wants to hear of the end itself.
      const tells = type === 'pagerduty' ? opensOrCloses(wanted ? alert : { ...alert, opens: null }) : wanted;
      if (!tells) continue;
      const sent = wanted ? alert : { ...alert, opens: null };
      await this.#parts.queues.addAlert({ v: 1, channel, backfill_id: signal.backfillId, alert: sent });
    }
    this.#tell(signal, alert);
  }

  #tell(signal: AlertSignal, { backfill, causes }: Alert): void {
    const { facts } = this.#parts;
    const backfill_id = signal.backfillId;
    const job = backfill?.job ?? '';
    switch (signal.kind) {
      case 'ended':
        facts.emit({
          type: 'backfill.summary',
          backfill_id,
          job,
          state: signal.state,
          counts: backfill?.counts ?? {},
          duration_seconds: backfill?.duration_seconds ?? 0,
          causes: causes.map(({ cause, count }) => ({ cause, count })),
        });
        break;
      case 'problem': {
        const { problem, reason } = signal;
        facts.emit({ type: 'backfill.problem', backfill_id, job, problem, reason });
        break;
      }
      case 'recovered':
        facts.emit({ type: 'backfill.recovered', backfill_id, job, problem: signal.problem, reason: null });
    }
  }

  async #addLineage(signal: Signal): Promise<void> {
    const { config, plans, queues } = this.#parts;
    if (config.lineage === null) return;
    const backfill = await plans.record(signal.backfillId);
    const event = backfill && lineageEvent(signal, backfill, { config, namespace: config.lineage.namespace });
    if (!event) return;
    await queues.addLineage(`${signal.backfillId}_${signal.id}`, {
      v: 1,
      backfill_id: signal.backfillId,
      event,
    });
  }
}

function opensOrCloses({ opens, closes }: Alert): boolean {
  return opens !== null || closes.length > 0;
}
