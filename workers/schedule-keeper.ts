import type { RetrySchedules } from '../queues/retries/retry-schedules.ts';
import type { RetrySchedule } from '../src/config/config.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { pause } from './pause.ts';

const LOOK_INTERVAL_MS = 60_000;

/**
 * Takes up the configured schedules when the worker starts, and again where Redis has lost them. While Redis
 * has them nothing is changed: of two workers with different configurations the one that started last counts.
 */
export class ScheduleKeeper implements Service {
  readonly #schedules: RetrySchedules;
  readonly #configured: Readonly<Record<string, RetrySchedule>>;
  readonly #facts: FactBus;
  #stopping = new AbortController();
  #looping: Promise<void> | null = null;

  constructor(parts: {
    schedules: RetrySchedules;
    configured: Readonly<Record<string, RetrySchedule>>;
    facts: FactBus;
  }) {
    this.#schedules = parts.schedules;
    this.#configured = parts.configured;
    this.#facts = parts.facts;
  }

  async start(): Promise<void> {
    if (this.#looping !== null) return;
    this.#stopping = new AbortController();
    const taken = await this.#takeUp();
    this.#looping = this.#loop(this.#stopping.signal, taken);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looping;
    this.#looping = null;
  }

  async #loop(signal: AbortSignal, takenUp: boolean): Promise<void> {
    for (let taken = takenUp; !signal.aborted; ) {
      await pause(LOOK_INTERVAL_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const known = taken && (await this.#schedules.areKnown().catch(() => true));
      if (!known) taken = await this.#takeUp();
    }
  }

  async #takeUp(): Promise<boolean> {
    try {
      await this.#schedules.reconcile(this.#configured);
      return true;
    } catch (error) {
      this.#facts.emit({ type: 'service.failed', service: 'schedules', error });
      return false;
    }
  }
}
