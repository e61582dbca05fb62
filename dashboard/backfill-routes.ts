import type { BackfillChanges } from '../queues/backfill-changes.ts';
import type { CreationContext } from '../queues/backfill-creation.ts';
import type { Outbox } from '../queues/outbox/outbox.ts';
import type { Config } from '../src/config/config.ts';
import { createBackfill } from './backfill-creation.ts';
import { backfillId, isBackfillId } from './backfill-id.ts';
import {
  BackfillRequestSchema,
  DatesQuerySchema,
  IdempotencyKeySchema,
  PageSchema,
} from './backfill-request.ts';
import { dryRun } from './dry-run.ts';
import type { EventStreams } from './event-streams.ts';
import { planBackfill } from './planned-backfill.ts';
import { checked, invalidRequest } from './request-issues.ts';
import { type Route, route } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

export interface BackfillRouteContext extends CreationContext {
  readonly config: Config;
  readonly access: WorkspaceAccess;
  readonly outbox: Outbox;
  readonly changes: BackfillChanges;
  readonly streams: EventStreams;
}

/** Backfills: made and looked at. Reading one asks Redis only, never the warehouse. */
export function backfillRoutes(context: BackfillRouteContext): Route[] {
  const { plans } = context;
  return [
    createRoute(context),
    route({
      method: 'get',
      path: '/api/backfills',
      summary: 'Backfills, newest first',
      query: PageSchema,
      handle: async ({ query: { limit, cursor } }) => {
        if (cursor !== undefined && !isBackfillId(cursor)) {
          throw invalidRequest([{ field: 'cursor', message: 'expected the next_cursor of a list' }]);
        }
        const page = await plans.list({ limit, ...(cursor !== undefined && { before: cursor }) });
        return { status: 200, body: { items: page.items, next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: 'get',
      path: '/api/backfills/:id',
      summary: 'One backfill with its counts',
      handle: async ({ params }) => ({ status: 200, body: await plans.view(backfillId(params.id)) }),
    }),
    route({
      method: 'get',
      path: '/api/backfills/:id/dates',
      summary: 'Dates of a backfill in the order in which they run',
      query: DatesQuerySchema,
      handle: async ({ params, query: { state } }) => ({
        status: 200,
        body: await plans.dates(backfillId(params.id), state === undefined ? {} : { state }),
      }),
    }),
    route({
      method: 'get',
      path: '/api/backfills/:id/events',
      summary: 'Server-sent events `date` and `backfill` as they happen; resumes by Last-Event-ID',
      handle: async ({ params, header, response }) => {
        await context.streams.open(backfillId(params.id), header('last-event-id') ?? null, response);
        return null;
      },
    }),
  ];
}

function createRoute(context: BackfillRouteContext): Route {
  return route({
    method: 'post',
    path: '/api/backfills',
    summary: 'Backfill a job over a range of dates or single dates',
    body: BackfillRequestSchema,
    handle: async ({ body, caller, header, response }) => {
      const key = header('idempotency-key');
      const idempotencyKey = key === undefined ? null : checked(IdempotencyKeySchema, key, 'Idempotency-Key');
      const planned = await planBackfill(context.access.client(), context.config, body);
      if (body.dry_run) return { status: 200, body: await dryRun(context.access, context, planned) };
      const asked = response.req.body;
      const created = await createBackfill(context, planned, { caller, body: asked, idempotencyKey });
      return { status: 202, body: created, headers: { Location: `/api/backfills/${created.id}` } };
    },
  });
}
