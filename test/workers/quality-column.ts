import { z } from 'zod';
import { QualityReportSchema } from '../../src/quality/quality-settings.ts';
import type { TestWorkspace } from '../harness/workspace.ts';

const RowSchema = z.object({
  quality: z.string().transform((json) => QualityReportSchema.parse(JSON.parse(json))),
});

/** The column `quality` of a backfill's rows, by date. */
export async function qualityOf({ warehouse, tables }: TestWorkspace, backfillId: string) {
  const rows = await warehouse.query(
    `SELECT quality FROM ${tables.backfillLog} WHERE backfill_id = :id ORDER BY position_date, attempt`,
    { id: backfillId },
  );
  return rows.map((row) => RowSchema.parse(row).quality);
}
