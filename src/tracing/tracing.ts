import type { Telemetry } from 'bullmq';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly attributes?: Attributes;
  /** W3C trace context that the span belongs to where no span is under way around it. */
  readonly parent?: string | undefined;
}

/** Spans of a trace, without a word of who collects them. */
export interface Tracing {
  /** For queues and workers of BullMQ; undefined where nothing is traced. */
  readonly bullmq: Telemetry | undefined;
  /** Runs `work` as a span; an error that it throws is noted there. */
  span<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>;
  /** Runs `work` so that its spans belong to the trace of this context, whatever is around it. */
  within<T>(traceparent: string | null | undefined, work: () => Promise<T>): Promise<T>;
  /** Notes a span that began at this time and ends now, in the trace of this context. */
  record(name: string, traceparent: string, startedMs: number, attributes: Attributes): void;
  /** W3C trace context of the span under way. */
  traceparent(): string | undefined;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Costs nothing: no collector is configured. */
export const NO_TRACING: Tracing = {
  bullmq: undefined,
  span: (_name, _options, work) => work(),
  within: (_traceparent, work) => work(),
  record: () => {},
  traceparent: () => undefined,
  close: async () => {},
};
