import type { Redis } from 'ioredis';
import { KeySpace } from '../queues/key-space.ts';
import { retryBackfill } from '../queues/retries/retry-backfill.ts';
import { RetrySchedules } from '../queues/retries/retry-schedules.ts';
import { Sweep } from '../queues/retries/sweep.ts';
import type { SweepWindow } from '../src/planning/failed-dates.ts';
import { readRetryAnalytics } from '../src/tables/retry-analytics.ts';
import { idempotencyOf } from './backfill-creation.ts';
import { backfillId } from './backfill-id.ts';
import { IdempotencyKeySchema } from './backfill-request.ts';
import type { BackfillRouteContext } from './backfill-routes.ts';
import { checkRange } from './log-request.ts';
import type { LoggedJobs } from './logged-jobs.ts';
import { checked } from './request-issues.ts';
import {
  DrySweepSchema,
  RetryAnalyticsSchema,
  RetryAnswerSchema,
  ScheduleListSchema,
  SweepAnswerSchema,
  scheduleListAnswer,
  sweepAnswer,
} from './retry-answer.ts';
import {
  AnalyticsQuerySchema,
  RetryRequestSchema,
  type SweepRequest,
  SweepRequestSchema,
} from './retry-request.ts';
import { type Route, route } from './route.ts';
import { TABLE_DEADLINE_MS, type TableAnswers } from './table-answers.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface RetryRouteContext extends BackfillRouteContext {
  readonly redis: Redis;
}

/** Failed dates again: those of one backfill, or whatever the log has failed. */
export function retryRoutes(context: RetryRouteContext, answers: TableAnswers, jobs: LoggedJobs): Route[] {
  return [retryRoute(context), sweepRoute(context), analyticsRoute(answers, jobs), schedulesRoute(context)];
}

function analyticsRoute(answers: TableAnswers, jobs: LoggedJobs): Route {
  return route({
    method: 'get',
    path: '/api/retries/analytics',
    summary: 'Dates that succeeded after retries, and the success rate by retry number',
    query: AnalyticsQuerySchema,
    answers: { 200: RetryAnalyticsSchema },
    handle: async (call) => {
      const { job, start_date, end_date } = call.query;
      checkRange({ start_date, end_date });
      const ofJob = await jobs.find(call, job);
      const filter = { ...ofJob, startDate: start_date, endDate: end_date };
      return answers.recent(call, ['retries', filter], (warehouse, tables) =>
        readRetryAnalytics(warehouse, tables, filter),
      );
    },
  });
}

function schedulesRoute({ redis, queues, config }: RetryRouteContext): Route {
  const schedules = new RetrySchedules(redis, new KeySpace(config.redis.prefix), queues.sweeps);
  return route({
    method: 'get',
    path: '/api/retries/schedules',
    summary: 'Schedules of the sweep, with their next and last firing',
    answers: { 200: ScheduleListSchema },
    handle: async () => {
      const items = await schedules.list(config.retries.schedules);
      return { status: 200, body: scheduleListAnswer(items) };
    },
  });
}

function retryRoute(context: RetryRouteContext): Route {
  return route({
    method: 'post',
    path: '/api/backfills/:id/retry',
    summary: 'Run failed dates of a backfill again, as a new backfill that is linked to it',
    body: RetryRequestSchema,
    headers: ['Idempotency-Key'],
    answers: { 202: RetryAnswerSchema },
    handle: async ({ params, body, caller, header }) => {
      const id = backfillId(params.id);
      const key = header('idempotency-key');
      const idempotencyKey = key === undefined ? null : checked(IdempotencyKeySchema, key, 'Idempotency-Key');
      const rights = { ...context, client: context.access.client() };
      const backfill = await retryBackfill(rights, await context.reader.retried(id), {
        dates: body.dates,
        reason: body.reason,
        caller: caller.name,
        idempotency: idempotencyOf({ idempotencyKey, caller, body: { retry_of: id, ...body } }),
      });
      return { status: 202, body: backfill, headers: { Location: `/api/backfills/${backfill.id}` } };
    },
  });
}

function sweepRoute(context: RetryRouteContext): Route {
  return route({
    method: 'post',
    path: '/api/retries',
    summary: 'Find failed dates in the log and run them again, one linked backfill per job',
    body: SweepRequestSchema,
    answers: { 200: DrySweepSchema, 202: SweepAnswerSchema },
    handle: async ({ body, caller }) => {
      checkRange(body);
      const sweep = new Sweep({
        ...context,
        keys: new KeySpace(context.config.redis.prefix),
        client: context.access.client(),
        read: (work) => context.access.read(TABLE_DEADLINE_MS, work),
      });
      const choice = await sweep.choose({
        window: windowOf(body),
        maxRetries: body.max_retries,
        job: body.job ?? null,
      });
      if (body.dry_run) return { status: 200, body: choice };
      const { dry_run: _, ...shown } = body;
      const trigger = { createdBy: caller.name, shown: { sweep: shown }, firing: null };
      return { status: 202, body: sweepAnswer(await sweep.start(choice, trigger)) };
    },
  });
}

function windowOf({ retry_days_back = 1, start_date, end_date }: SweepRequest): SweepWindow {
  if (start_date !== undefined && end_date !== undefined) return { startDate: start_date, endDate: end_date };
  return { sinceMs: Date.now() - retry_days_back * DAY_MS };
}
