import { z } from 'zod';
import type { SqlParameter } from '../databricks/warehouse.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';

/** What `system.lakeflow.jobs` says, or why it says nothing. */
export interface SystemJobs {
  /** Jobs of the asked names that the table takes for live; null where it was not read. */
  readonly jobs: readonly SystemJob[] | null;
  /** Why it was not read, in a sentence. */
  readonly note: string | null;
}

export interface SystemJob {
  readonly jobId: string;
  readonly name: string;
}

/** `if_running`: without waking a warehouse that sleeps. */
export type Verification = 'always' | 'if_running' | 'never';

export interface SystemTableSource {
  readonly client: WorkspaceClient;
  /** Null where no warehouse is configured. */
  readonly warehouseId: string | null;
  query(sql: string, parameters: Readonly<Record<string, SqlParameter>>): Promise<unknown[]>;
  readonly verification: Verification;
}

/** A statement takes 256 parameters. */
const NAMES_A_STATEMENT = 200;

const RowsSchema = z.array(z.object({ job_id: z.string(), name: z.string() }));

const ALIVE = ['RUNNING', 'STARTING'];

/**
 * Asks the system table of jobs for these names, in this workspace only: the table holds a row per change of
 * every workspace of the account and region. Whatever keeps it from being read (no warehouse, no grant, no
 * such table) is an answer and no error, since the Jobs API alone is enough to go on.
 */
export async function readSystemJobs(
  source: SystemTableSource,
  names: readonly string[],
): Promise<SystemJobs> {
  try {
    const obstacle = await obstacleTo(source);
    if (obstacle !== null) return { jobs: null, note: obstacle };
    const workspaceId = await source.client.workspaceId();
    if (workspaceId === null) return unread('the workspace does not tell its id');
    const jobs: SystemJob[] = [];
    for (let from = 0; from < names.length; from += NAMES_A_STATEMENT) {
      jobs.push(...(await query(source, workspaceId, names.slice(from, from + NAMES_A_STATEMENT))));
    }
    return { jobs, note: null };
  } catch (failure) {
    if (!(failure instanceof BackfillError)) throw failure;
    return unread(reasonOf(failure));
  }
}

async function obstacleTo({ client, warehouseId, verification }: SystemTableSource): Promise<string | null> {
  if (verification === 'never') return notRead('not asked for');
  if (warehouseId === null) return notRead('no SQL warehouse is configured');
  if (verification === 'always') return null;
  const { state } = await client.warehouses.get(warehouseId);
  return ALIVE.includes(state)
    ? null
    : notRead(`warehouse ${warehouseId} is ${state.toLowerCase()}; --verify (verify=always) wakes it`);
}

async function query(
  source: SystemTableSource,
  workspaceId: string,
  names: readonly string[],
): Promise<SystemJob[]> {
  const parameters = Object.fromEntries(names.map((name, at) => [`name_${at}`, name]));
  const rows = await source.query(
    `SELECT job_id, name
     FROM (
       SELECT job_id, name, delete_time,
         row_number() OVER (PARTITION BY job_id ORDER BY change_time DESC) AS change
       FROM system.lakeflow.jobs
       WHERE workspace_id = :workspace_id
     )
     WHERE change = 1 AND delete_time IS NULL
       AND name IN (${Object.keys(parameters)
         .map((parameter) => `:${parameter}`)
         .join(', ')})
     ORDER BY job_id`,
    { workspace_id: workspaceId, ...parameters },
  );
  return RowsSchema.parse(rows).map(({ job_id, name }) => ({ jobId: job_id, name }));
}

function reasonOf({ details, message }: BackfillError): string {
  if (details.sql_state === '42501') return 'these credentials have no grant on it';
  if (details.sql_state === '42P01' || details.error_class === 'SCHEMA_NOT_FOUND') return 'it is not there';
  return message.replace(/\.$/, '');
}

function unread(why: string): SystemJobs {
  return { jobs: null, note: notRead(why) };
}

function notRead(why: string): string {
  return `By the Jobs API alone: system.lakeflow.jobs was not read (${why}).`;
}
