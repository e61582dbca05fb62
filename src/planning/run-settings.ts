import { z } from 'zod';
import { QualitySettingsSchema } from '../quality/quality-settings.ts';
import { ISO_DATE_FORMAT } from './date-format.ts';
import { DAILY, GranularitySchema } from './granularity.ts';

/** How runs of a backfill are started and judged, frozen when the backfill was made. */
export const RunSettingsSchema = z.object({
  date_parameter: z.string(),
  end_date_parameter: z.string(),
  /** How a date is written; ISO where a backfill is older than this setting. */
  date_format: z.string().default(ISO_DATE_FORMAT),
  /** Backfills made before there were windows have none. */
  granularity: GranularitySchema.default(DAILY),
  parameter_style: z.enum(['job_parameters', 'notebook_params']),
  /** Static parameters of the configuration, overlaid by those of the request. */
  parameters: z.record(z.string(), z.string()),
  retry_delay_ms: z.number(),
  max_retry_delay_ms: z.number(),
  /** From the start of a run to its cancellation by us. */
  run_deadline_ms: z.number(),
  success_with_failures: z.enum(['warn', 'fail']),
  /** What is checked after a success; null for nothing. */
  quality: QualitySettingsSchema.nullable().default(null),
});

export type RunSettings = z.output<typeof RunSettingsSchema>;
