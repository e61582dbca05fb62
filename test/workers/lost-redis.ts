import { Recovery, type RecoveryParts } from '../../queues/recovery/recovery.ts';
import type { RecoveryReport } from '../../queues/recovery/recovery-report.ts';
import { decideOnFailure } from '../../src/planning/retry-decision.ts';
import { upsertBackfillRows } from '../../src/tables/backfill-upsert.ts';
import { backfillRow } from '../../workers/log-rows.ts';
import type { Fleet } from './fleet.ts';

/** Removes all that this test has in Redis. */
export async function wipeRedis({ redis, config }: Fleet): Promise<void> {
  for await (const keys of redis.scanStream({ match: `${config.redis.prefix}:*`, count: 1_000 })) {
    if (keys.length > 0) await redis.unlink(keys);
  }
}

/** Does what `backfill recover` does, in this process. */
export function recover(fleet: Fleet, options = { resume: false }): Promise<RecoveryReport> {
  const { client, warehouse, tables } = fleet.workspace;
  const { redis, keys, plans, dispatcher, config } = fleet;
  const mayRetry: RecoveryParts['mayRetry'] = (failure, maxAttempts) =>
    decideOnFailure(failure, { maxAttempts, retryDelayMs: 0, maxRetryDelayMs: 0 }).kind === 'retry';
  const parts = { redis, keys, plans, dispatcher, client, warehouse, tables, config, mayRetry };
  return new Recovery(parts).recover(options);
}

/** Writes the row of a backfill that no worker has written yet. */
export async function writeRow({ plans, workspace }: Fleet, id: string): Promise<void> {
  const row = await backfillRow(plans, id);
  if (row === null) throw new Error(`There is no backfill ${id}.`);
  await upsertBackfillRows(workspace.warehouse, workspace.tables, [row]);
}
