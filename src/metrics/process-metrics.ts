import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { RequestFact } from '../databricks/workspace-connection.ts';
import type { Fact } from '../facts/fact.ts';
import type { FactBus } from '../facts/fact-bus.ts';
import { endpointOf } from './request-endpoint.ts';

/** Runs last from seconds to hours. */
const RUN_BUCKETS_SECONDS = [5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400];
/** A slot is free at once, or after some runs of others. */
const WAIT_BUCKETS_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
const REQUEST_BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * What this process did, for Prometheus: counted from the facts that its code tells and from its requests to
 * the workspace. Labels are few and small; never a date or an id of a run.
 */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly #runSeconds = this.#histogram('backfill_run_duration_seconds', RUN_BUCKETS_SECONDS, {
    help: 'From the start of an attempt to the end of its run.',
    labelNames: ['job', 'result'],
  });
  readonly #waitSeconds = this.#histogram('backfill_queue_wait_seconds', WAIT_BUCKETS_SECONDS, {
    help: 'From when a date was queued to when it passed the start gate; first attempts only.',
    labelNames: ['job'],
  });
  readonly #submits = this.#counter('backfill_submit_total', {
    help: 'Answers to run-now: started, refused (the job or the workspace is full), failed (tried again), impossible (the backfill pauses).',
    labelNames: ['outcome'],
  });
  readonly #retries = this.#counter('backfill_retries_total', {
    help: 'Attempts that are tried again, by the class of the failure.',
    labelNames: ['reason'],
  });
  readonly #requests = this.#counter('databricks_api_requests_total', {
    help: 'Tries of REST calls to the workspace; code is "none" where no answer came.',
    labelNames: ['endpoint', 'code'],
  });
  readonly #requestSeconds = this.#histogram(
    'databricks_api_request_duration_seconds',
    REQUEST_BUCKETS_SECONDS,
    { help: 'How long a try of a REST call to the workspace took.', labelNames: ['endpoint'] },
  );
  readonly #alerts = this.#counter('backfill_alerts_total', {
    help: 'Tries to send a message to a channel: sent, partly_sent (some recipients of a mail were refused), postponed (tried again), failed (given up).',
    labelNames: ['channel', 'outcome'],
  });
  readonly #serviceFailures = this.#counter('backfill_service_failures_total', {
    help: 'Failures of upkeep that is tried again by itself, by service.',
    labelNames: ['service'],
  });

  /** @param service How logs name the process: `web` or `worker`. */
  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
  }

  /** Answers the function that ends it. */
  listenTo(facts: FactBus): () => void {
    return facts.subscribe((fact) => this.#count(fact));
  }

  /** For `onRequest` of a workspace client. */
  readonly countRequest = ({ method, path, status, durationMs }: RequestFact): void => {
    const endpoint = endpointOf(method, path);
    this.#requests.inc({ endpoint, code: status === null ? 'none' : String(status) });
    this.#requestSeconds.observe({ endpoint }, durationMs / 1_000);
  };

  #count(fact: Fact): void {
    switch (fact.type) {
      case 'attempt.started':
        if (fact.attempt !== 1 || fact.waited_ms === undefined) break;
        this.#waitSeconds.observe({ job: fact.job ?? '' }, fact.waited_ms / 1_000);
        break;
      case 'attempt.ended':
        this.#runSeconds.observe({ job: fact.job ?? '', result: fact.result }, fact.duration_ms / 1_000);
        break;
      case 'run.started':
        this.#submits.inc({ outcome: 'started' });
        break;
      case 'run.refused':
        this.#submits.inc({ outcome: 'refused' });
        break;
      case 'run.start_failed':
        this.#submits.inc({ outcome: 'failed' });
        break;
      case 'attempt.withdrawn':
        this.#submits.inc({ outcome: 'impossible' });
        break;
      case 'retry.scheduled':
        this.#retries.inc({ reason: fact.failure_class ?? 'unknown' });
        break;
      case 'alert.sent':
      case 'alert.partly_sent':
      case 'alert.postponed':
      case 'alert.failed':
        this.#alerts.inc({ channel: fact.channel, outcome: fact.type.slice('alert.'.length) });
        break;
      case 'service.failed':
        this.#serviceFailures.inc({ service: fact.service });
        break;
      case 'log.postponed':
        this.#serviceFailures.inc({ service: 'log' });
        break;
      default:
        break;
    }
  }

  #counter<L extends string>(name: string, options: { help: string; labelNames: L[] }): Counter<L> {
    return new Counter({ name, ...options, registers: [this.registry] });
  }

  #histogram<L extends string>(
    name: string,
    buckets: number[],
    options: { help: string; labelNames: L[] },
  ): Histogram<L> {
    return new Histogram({ name, buckets, ...options, registers: [this.registry] });
  }
}
