import type { Config } from '../src/config/config.ts';
import { DeadlineExceededError, withDeadline } from '../src/databricks/deadline.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { refuseOlderLog } from '../src/tables/migration.ts';
import { TableNames } from '../src/tables/table-names.ts';
import type { WorkspaceSession } from './workspace-session.ts';

/** A warehouse that sleeps longer keeps no worker from its runs; the log then waits, and its writer checks again and pauses the backfills. */
const PATIENCE_MS = 2_000;

/** @throws BackfillError `tables_outdated`; whatever else keeps the tables from being read is left to the log writer. */
export async function refuseOlderTables(session: WorkspaceSession, { tables }: Config): Promise<void> {
  try {
    const names = TableNames.from(tables);
    await withDeadline({ deadlineMs: PATIENCE_MS }, () => refuseOlderLog(session.warehouse, names));
  } catch (failure) {
    const mayPass = failure instanceof DeadlineExceededError || failure instanceof BackfillError;
    if (!mayPass || (failure instanceof BackfillError && failure.code === 'tables_outdated')) throw failure;
  }
}
