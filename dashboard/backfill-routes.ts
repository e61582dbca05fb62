import type { BackfillChanges } from '../queues/backfill-changes.ts';
import type { CreationContext } from '../queues/backfill-creation.ts';
import type { Outbox } from '../queues/outbox/outbox.ts';
import type { Config } from '../src/config/config.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { prepareQuality } from '../src/quality/quality-preparation.ts';
import type { QualitySettings } from '../src/quality/quality-settings.ts';
import { NO_TRACING, type Tracing } from '../src/tracing/tracing.ts';
import {
  BackfillAnswerSchema,
  BackfillListSchema,
  CreatedBackfillSchema,
  DateListSchema,
  DryRunSchema,
} from './answer-schemas.ts';
import { createBackfill } from './backfill-creation.ts';
import { backfillId, isBackfillId } from './backfill-id.ts';
import type { BackfillReader } from './backfill-reader.ts';
import {
  BackfillRequestSchema,
  DatesQuerySchema,
  IdempotencyKeySchema,
  PageSchema,
} from './backfill-request.ts';
import { dryRun } from './dry-run.ts';
import type { EventStreams } from './event-streams.ts';
import { tellFinalState } from './final-event.ts';
import { planBackfill } from './planned-backfill.ts';
import { checked, invalidRequest } from './request-issues.ts';
import { type Route, route } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** Longest that a request waits for the answer on its job's quality checks. */
const QUALITY_DEADLINE_MS = 10_000;

export interface BackfillRouteContext extends CreationContext {
  readonly config: Config;
  readonly access: WorkspaceAccess;
  readonly outbox: Outbox;
  readonly tracing?: Tracing;
  readonly changes: BackfillChanges;
  readonly streams: EventStreams;
  readonly reader: BackfillReader;
}

/** Backfills: made and looked at. Only dry runs, a job's quality checks, and reading one
 * that has left Redis ask the warehouse. */
export function backfillRoutes(context: BackfillRouteContext): Route[] {
  const { reader } = context;
  return [
    createRoute(context),
    route({
      method: 'get',
      path: '/api/backfills',
      summary: 'Backfills, newest first',
      query: PageSchema,
      answers: { 200: BackfillListSchema },
      handle: async ({ query: { limit, cursor } }) => {
        if (cursor !== undefined && !isBackfillId(cursor)) {
          throw invalidRequest([{ field: 'cursor', message: 'expected the next_cursor of a list' }]);
        }
        const page = await reader.list({ limit, ...(cursor !== undefined && { before: cursor }) });
        return { status: 200, body: { items: page.items, next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: 'get',
      path: '/api/backfills/:id',
      summary: 'One backfill with its counts',
      answers: { 200: BackfillAnswerSchema },
      handle: async ({ params }) => ({ status: 200, body: await reader.view(backfillId(params.id)) }),
    }),
    route({
      method: 'get',
      path: '/api/backfills/:id/dates',
      summary: 'Dates of a backfill in the order in which they run',
      query: DatesQuerySchema,
      answers: { 200: DateListSchema },
      handle: async ({ params, query: { state } }) => ({
        status: 200,
        body: await reader.dates(backfillId(params.id), state === undefined ? {} : { state }),
      }),
    }),
    route({
      method: 'get',
      path: '/api/backfills/:id/events',
      summary: 'Server-sent events `date` and `backfill` as they happen; resumes by Last-Event-ID',
      headers: ['Last-Event-ID'],
      answerType: 'text/event-stream',
      handle: async ({ params, header, response }) => {
        const id = backfillId(params.id);
        const lastEventId = header('last-event-id') ?? null;
        const final = await reader.archivedView(id);
        if (final === null) await context.streams.open(id, lastEventId, response);
        else tellFinalState(final, lastEventId, response);
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
    onlyReads: isDryRun,
    headers: ['Idempotency-Key'],
    answers: { 200: DryRunSchema, 202: CreatedBackfillSchema },
    handle: async ({ body, caller, header, response }) => {
      const key = header('idempotency-key');
      const idempotencyKey = key === undefined ? null : checked(IdempotencyKeySchema, key, 'Idempotency-Key');
      const { tracing = NO_TRACING } = context;
      return tracing.span('POST /api/backfills', { parent: header('traceparent') }, async () => {
        const planned = await planBackfill(context.access.client(), context.config, body);
        await checkQuality(context.access, planned.target.policy.quality);
        if (body.dry_run) return { status: 200, body: await dryRun(context.access, context, planned) };
        const asked = response.req.body;
        const created = await createBackfill(context, planned, { caller, body: asked, idempotencyKey });
        return { status: 202, body: created, headers: { Location: `/api/backfills/${created.id}` } };
      });
    },
  });
}

/** A preview, which viewers may ask for. */
function isDryRun(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'dry_run' in body && body.dry_run === true;
}

/**
 * Refuses checks that cannot be run. A warehouse that sleeps is not waited for: planning asks it again, and
 * nothing runs before it has answered.
 */
async function checkQuality(access: WorkspaceAccess, settings: QualitySettings | null): Promise<void> {
  if (settings === null) return;
  try {
    await access.read(QUALITY_DEADLINE_MS, (warehouse, tables) =>
      prepareQuality(warehouse, tables, settings),
    );
  } catch (thrown) {
    if (!(thrown instanceof BackfillError) || thrown.code === 'invalid_quality_rule') throw thrown;
  }
}
