import { createHash } from 'node:crypto';
import { beginPlanning, type CreationContext, newBackfill } from '../queues/backfill-creation.ts';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { NewBackfill } from '../queues/plan/new-backfill.ts';
import { plannedDate } from '../queues/plan/plan-window.ts';
import type { Caller } from './caller.ts';
import type { PlannedBackfill } from './planned-backfill.ts';

/** The view of a backfill just made, with what its maker should know. */
export type CreatedBackfill = BackfillView & { warnings: string[] };

/** From so many dates on, a mistake in the request costs enough runs to say so. */
const MANY_DATES = 500;

/**
 * Stores a planned backfill and has its verdicts found by a worker. `body` is the request as it came: it is
 * what `request` shows, and with the same key it must be the same.
 * @throws BackfillError idempotency_key_reused
 */
export async function createBackfill(
  context: CreationContext,
  planned: PlannedBackfill,
  from: { caller: Caller; body: unknown; idempotencyKey: string | null },
): Promise<CreatedBackfill> {
  const { request, target, dates } = planned;
  const backfill = newBackfill(target, request, {
    plan: dates.map(plannedDate),
    createdBy: from.caller.name,
    request: from.body as Record<string, unknown>,
    retryOf: null,
    retryTriggeredBy: null,
    idempotency: idempotencyOf(from),
  });
  const view = await beginPlanning(context, backfill, await context.plans.create(backfill));
  return { ...view, warnings: warningsOf(planned) };
}

/** Keys are the caller's own: two callers may both count from 1. */
export function idempotencyOf({
  idempotencyKey,
  caller,
  body,
}: {
  idempotencyKey: string | null;
  caller: Caller;
  body: unknown;
}): NewBackfill['idempotency'] {
  if (idempotencyKey === null) return null;
  const bodyDigest = createHash('sha256')
    .update(JSON.stringify(ordered(body)))
    .digest('hex');
  return { key: `${caller.name}:${idempotencyKey}`, bodyDigest };
}

/** The order of fields is no difference between two bodies. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, ordered(inner)]);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function warningsOf({ request, dates }: PlannedBackfill): string[] {
  const toRun = dates.filter(({ reason }) => reason === null).length;
  if (toRun <= MANY_DATES || request.stop_after_failures !== undefined) return [];
  return [
    `Up to ${toRun} dates run without stop_after_failures: if the job is broken, every one of them fails. Set it, such as to 10, to pause instead.`,
  ];
}
