import { z } from 'zod';
import { DateJobSchema } from '../queues/payloads/date-job.ts';
import { FailedDateJobSchema } from '../queues/payloads/failed-date-job.ts';

/** What the workers leave on a finished job of a date. */
const ResultSchema = z.object({
  outcome: z.string().optional(),
  run_id: z.string().optional(),
  run_page_url: z.string().optional(),
});

/** What Bull Board passes to a formatter: a job as BullMQ writes it out. */
const BoardJobSchema = z.object({
  name: z.string().default(''),
  data: z.unknown(),
  returnvalue: ResultSchema.nullish().catch(null),
});

/** Date, attempt and outcome of a job, such as `2024-06-03, attempt 2: failed`; its name if it has no date. */
export function boardJobTitle(job: unknown): string {
  const { name, data, returnvalue } = BoardJobSchema.parse(job);
  const date = datePayload(data);
  if (date === null) return name;
  const outcome = returnvalue?.outcome === undefined ? '' : `: ${returnvalue.outcome}`;
  return `${date.position_date}, attempt ${date.attempt}${outcome}`;
}

/** Where a job leads: to its Databricks run once it is known, else to the date on our page. */
export function boardJobLink(job: unknown): { displayText: string; href: string } {
  const { data, returnvalue } = BoardJobSchema.parse(job);
  const failed = FailedDateJobSchema.safeParse(data).data;
  const runId = returnvalue?.run_id ?? failed?.run_id;
  const runPageUrl = returnvalue?.run_page_url ?? failed?.run_page_url;
  if (runId && runPageUrl && /^https?:\/\//.test(runPageUrl)) {
    return { displayText: `Run ${runId}`, href: runPageUrl };
  }
  const date = datePayload(data);
  if (date !== null) {
    return { displayText: 'Date', href: `/#/backfills/${date.backfill_id}?date=${date.position_date}` };
  }
  const { backfill_id } = z.object({ backfill_id: z.string().optional() }).catch({}).parse(data);
  return { displayText: 'Backfill', href: backfill_id === undefined ? '/' : `/#/backfills/${backfill_id}` };
}

function datePayload(data: unknown): { backfill_id: string; position_date: string; attempt: number } | null {
  return DateJobSchema.safeParse(data).data ?? FailedDateJobSchema.safeParse(data).data ?? null;
}
