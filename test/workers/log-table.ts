import { z } from 'zod';
import type { TestWorkspace } from '../harness/workspace.ts';

const whole = z.coerce.number();
const millis = whole.nullable();

const LogTableRowSchema = z.object({
  run_id: z.string(),
  position_date: z.string(),
  position_end_date: z.string(),
  job_name: z.string(),
  job_id: z.string(),
  status: z.string(),
  start_millis: millis,
  end_millis: millis,
  backfill_job_id: z.string().nullable(),
  error_message: z.string().nullable(),
  creator_user_name: z.string(),
  run_page_url: z.string().nullable(),
  retry_metadata: z
    .string()
    .transform((json): unknown => JSON.parse(json))
    .nullable(),
  backfill_id: z.string(),
  attempt: whole,
});

/** A row of `backfill_log` as the table has it. */
export type LogTableRow = z.output<typeof LogTableRowSchema>;

/** Every row of a backfill, SKIPPED ones too, by date and attempt; read with SQL of our own. */
export async function logRows(
  { warehouse, tables }: TestWorkspace,
  backfillId: string,
): Promise<LogTableRow[]> {
  const rows = await warehouse.query(
    `SELECT run_id, CAST(position_date AS STRING) AS position_date,
       CAST(position_end_date AS STRING) AS position_end_date, job_name, job_id, status,
       unix_millis(start_time) AS start_millis, unix_millis(end_time) AS end_millis, backfill_job_id,
       error_message, creator_user_name, run_page_url, retry_metadata, backfill_id, attempt
     FROM ${tables.backfillLog} WHERE backfill_id = :id ORDER BY position_date, attempt, run_id`,
    { id: backfillId },
  );
  return rows.map((row) => LogTableRowSchema.parse(row));
}
