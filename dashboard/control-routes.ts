import type { BackfillControl } from '../queues/backfill-control.ts';
import type { PlanStore } from '../queues/plan/plan-store.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { BackfillAnswerSchema } from './answer-schemas.ts';
import { backfillId } from './backfill-id.ts';
import {
  AdjustRequestSchema,
  CancelRequestSchema,
  PauseRequestSchema,
  ResumeRequestSchema,
} from './control-request.ts';
import { type Route, route } from './route.ts';

export interface ControlRouteContext {
  readonly plans: PlanStore;
  readonly control: BackfillControl;
  readonly facts: FactBus;
}

/**
 * What a person may do to a backfill while it lives. Each answers the backfill as it is then; `not_yet_durable`
 * says whether the tables know of it already.
 */
export function controlRoutes({ plans, control, facts }: ControlRouteContext): Route[] {
  return [
    route({
      method: 'patch',
      path: '/api/backfills/:id',
      summary: 'Change how many dates run at a time and how urgent the backfill is',
      body: AdjustRequestSchema,
      answers: { 200: BackfillAnswerSchema },
      handle: async ({ params, body: { max_active_runs, priority }, caller }) => {
        const id = backfillId(params.id);
        await control.adjust(id, {
          ...(max_active_runs !== undefined && { maxActiveRuns: max_active_runs }),
          ...(priority !== undefined && { priority }),
        });
        const view = await plans.view(id);
        facts.emit({
          type: 'backfill.adjusted',
          backfill_id: id,
          max_active_runs: view.max_active_runs,
          priority: view.priority,
          by: caller.name,
        });
        return { status: 200, body: view };
      },
    }),
    route({
      method: 'post',
      path: '/api/backfills/:id/pause',
      summary: 'Start no further date; runs under way go on',
      body: PauseRequestSchema,
      answers: { 200: BackfillAnswerSchema },
      handle: async ({ params, body, caller }) => {
        const id = backfillId(params.id);
        const reason = body.reason ?? `Paused by ${caller.name}.`;
        if (await control.pause(id, reason)) facts.emit({ type: 'backfill.paused', backfill_id: id, reason });
        return { status: 200, body: await plans.view(id) };
      },
    }),
    route({
      method: 'post',
      path: '/api/backfills/:id/resume',
      summary: 'Go on with a paused backfill',
      body: ResumeRequestSchema,
      answers: { 200: BackfillAnswerSchema },
      handle: async ({ params, caller }) => {
        const id = backfillId(params.id);
        if (await control.resume(id)) {
          facts.emit({ type: 'backfill.resumed', backfill_id: id, by: caller.name });
        }
        return { status: 200, body: await plans.view(id) };
      },
    }),
    route({
      method: 'post',
      path: '/api/backfills/:id/cancel',
      summary: 'End every date that has not started, and cancel the live runs or let them finish',
      body: CancelRequestSchema,
      answers: { 200: BackfillAnswerSchema, 202: BackfillAnswerSchema },
      handle: async ({ params, body: { runs }, caller }) => {
        const id = backfillId(params.id);
        const { state, first } = await control.cancel(id, runs);
        if (first) {
          facts.emit({ type: 'backfill.cancelling', backfill_id: id, runs, by: caller.name });
          if (state === 'cancelled') facts.emit({ type: 'backfill.ended', backfill_id: id, state });
        }
        return { status: first ? 202 : 200, body: await plans.view(id) };
      },
    }),
  ];
}
