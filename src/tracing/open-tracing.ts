import type { TelemetryConfig } from '../config/config.ts';
import { NO_TRACING, type Tracing } from './tracing.ts';

/** The tracing of a process; OpenTelemetry is loaded only if somebody collects. */
export async function openTracing(
  telemetry: TelemetryConfig | null,
  process: 'web' | 'worker',
): Promise<Tracing> {
  if (telemetry === null) return NO_TRACING;
  const { OtelTracing } = await import('./otel-tracing.ts');
  return new OtelTracing(telemetry, `databricks-backfill-${process}`);
}
