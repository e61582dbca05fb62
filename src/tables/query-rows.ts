import { z } from 'zod';
import type { QueryOptions, SqlParameter, Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';

/**
 * Runs a query and checks each row against a schema.
 * @throws BackfillError `workspace_unreadable` if a row is not as the statement promises, else as
 *   {@link Warehouse.query} throws.
 */
export async function queryRows<Row extends z.ZodType>(
  warehouse: Warehouse,
  row: Row,
  sql: string,
  parameters: Record<string, SqlParameter> = {},
  options: QueryOptions = {},
): Promise<z.infer<Row>[]> {
  const answer = z.array(row).safeParse(await warehouse.query(sql, parameters, options));
  if (answer.success) return answer.data;
  throw new BackfillError(
    'workspace_unreadable',
    'The SQL warehouse answered a query with rows of an unexpected shape; check that our tables have the columns that `backfill setup` gives them.',
    { cause: answer.error },
  );
}

/** A count or another BIGINT that fits a number; some result formats send it as text. */
export const CountSchema = z.union([z.number(), z.bigint(), z.string().regex(/^-?\d+$/)]).transform(Number);
