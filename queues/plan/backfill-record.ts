import { z } from 'zod';
import { ReprocessSchema } from '../../src/planning/date-verdicts.ts';
import { RunSettingsSchema } from '../../src/planning/run-settings.ts';
import { BACKFILL_STATES, type BackfillState } from '../../src/tables/backfill-row.ts';

export function isFinished(state: BackfillState): boolean {
  switch (state) {
    case 'completed':
    case 'completed_with_failures':
    case 'cancelled':
      return true;
    case 'planning':
    case 'running':
    case 'paused':
    case 'cancelling':
      return false;
  }
}

const absentWhenEmpty = z.string().transform((text) => (text === '' ? null : text));
const numberInText = z.coerce.number();

/** The hash of one backfill as Redis keeps it: text only, empty where there is nothing. */
const BackfillHashSchema = z.object({
  id: z.string(),
  /** Name of the target job. */
  job: z.string(),
  job_id: z.string(),
  state: z.enum(BACKFILL_STATES),
  state_reason: absentWhenEmpty,
  order: z.enum(['asc', 'desc']),
  reprocess: ReprocessSchema,
  priority: numberInText,
  /** Null: the job's own limit. */
  max_active_runs: absentWhenEmpty.transform((text) => (text === null ? null : Number(text))),
  max_attempts: numberInText,
  stop_after_failures: absentWhenEmpty.transform((text) => (text === null ? null : Number(text))),
  created_by: z.string(),
  created_at: z.string(),
  finished_at: absentWhenEmpty.default(null),
  retry_of: absentWhenEmpty,
  retry_triggered_by: absentWhenEmpty.default(null),
  /** Set by a cancel: what becomes of live runs. */
  cancel_runs: z.enum(['cancel', 'finish']).nullable().default(null),
  log_pending: numberInText.default(0),
  /** Changes of the row of `backfills` that no statement has confirmed yet. */
  row_pending: numberInText.default(0),
  /** Set while a backfill is paused that had not been planned to the end. */
  paused_in_planning: z.literal('1').optional(),
  /** Whether its run events go to OpenLineage. */
  lineage: z
    .literal('1')
    .optional()
    .transform((flag) => flag === '1'),
  /** W3C trace context of the request that made it. */
  traceparent: z.string().optional(),
  /** JSON of what was asked, as it was asked. */
  request: z.string().transform((json) => JSON.parse(json) as Record<string, unknown>),
  /** JSON of what every run of this backfill needs, resolved when it was made. */
  run_settings: z.string().transform((json) => RunSettingsSchema.parse(JSON.parse(json))),
});

/** One backfill as code reads it. */
export const BackfillRecordSchema = BackfillHashSchema.transform(({ paused_in_planning, ...record }) => ({
  ...record,
  /** Whether the log has still to be asked which dates are done; paused or not. */
  in_planning: record.state === 'planning' || (record.state === 'paused' && paused_in_planning === '1'),
}));

export type BackfillRecord = z.output<typeof BackfillRecordSchema>;
