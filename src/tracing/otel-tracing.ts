import { type Context, context, ROOT_CONTEXT, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
} from '@opentelemetry/sdk-trace-node';
import type { Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { TelemetryConfig } from '../config/config.ts';
import { toBackfillError } from '../errors/backfill-error.ts';
import type { Attributes, SpanOptions, Tracing } from './tracing.ts';

const TRACER = 'databricks-backfill';

/** A trace begins with a request; BullMQ's own upkeep, which belongs to none, would drown them. */
const REQUESTS_ONLY: Sampler = {
  shouldSample: (_context, _traceId, name) => ({
    decision: /^[A-Z]+ \//.test(name) ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
  }),
  toString: () => 'RequestsOnly',
};

/** Sends spans to a collector by OTLP over HTTP, as JSON. The SDK reads its other `OTEL_*` variables itself; `OTEL_SERVICE_NAME` names the service where it is set. */
export class OtelTracing implements Tracing {
  readonly bullmq: Telemetry;
  readonly #provider: NodeTracerProvider;
  readonly #tracer: Tracer;

  constructor({ endpoint }: TelemetryConfig, serviceName: string) {
    const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
    this.#provider = new NodeTracerProvider({
      // What is merged in later stands above.
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': serviceName }))
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(exporter)],
      sampler: new ParentBasedSampler({ root: REQUESTS_ONLY }),
    });
    // BullMQ's part asks the API for the provider, so it has to be the one of the process.
    this.#provider.register();
    this.#tracer = trace.getTracer(TRACER);
    this.bullmq = new BullMQOtel({ tracerName: TRACER });
  }

  async span<T>(name: string, { attributes, parent }: SpanOptions, work: () => Promise<T>): Promise<T> {
    const around = trace.getSpan(context.active()) ? context.active() : contextOf(parent);
    const span = this.#tracer.startSpan(name, { ...(attributes && { attributes }) }, around);
    try {
      return await context.with(trace.setSpan(around, span), work);
    } catch (thrown) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: toBackfillError(thrown).code });
      throw thrown;
    } finally {
      span.end();
    }
  }

  within<T>(traceparent: string | null | undefined, work: () => Promise<T>): Promise<T> {
    return context.with(contextOf(traceparent), work);
  }

  record(name: string, traceparent: string, startedMs: number, attributes: Attributes): void {
    this.#tracer.startSpan(name, { attributes, startTime: startedMs }, contextOf(traceparent)).end();
  }

  traceparent(): string | undefined {
    const span = trace.getSpan(context.active())?.spanContext();
    if (!span) return undefined;
    return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
  }

  async close(): Promise<void> {
    // A collector that is down must not keep the process.
    await this.#provider.shutdown().catch(() => {});
  }
}

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
function contextOf(traceparent: string | null | undefined): Context {
  const [, traceId, spanId, flags] =
    /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16) & 1, isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, spanContext);
}
