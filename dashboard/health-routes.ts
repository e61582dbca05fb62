import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { withDeadline } from '../src/databricks/deadline.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { LivenessSchema, ReadinessSchema } from './health-answer.ts';
import { type Route, route } from './route.ts';

const PING_DEADLINE_MS = 1_000;

/** Alive at all; told to everybody, so that a container's health check needs no token. */
export function livenessRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      summary: 'The process is alive',
      answers: { 200: LivenessSchema },
      handle: async () => ({ status: 200, body: { status: 'ok' } satisfies z.output<typeof LivenessSchema> }),
    }),
  ];
}

/** Able to work: Redis answers. A warehouse that sleeps or is down is no reason to take no requests. */
export function readinessRoutes(redis: Redis): Route[] {
  return [
    route({
      method: 'get',
      path: '/readyz',
      summary: 'Redis answers, so that requests can be served',
      answers: { 200: ReadinessSchema },
      handle: async () => {
        await ping(redis);
        return {
          status: 200,
          body: { status: 'ready', redis: 'ok' } satisfies z.output<typeof ReadinessSchema>,
        };
      },
    }),
  ];
}

async function ping(redis: Redis): Promise<void> {
  try {
    await withDeadline({ deadlineMs: PING_DEADLINE_MS }, () => redis.ping());
  } catch (cause) {
    throw new BackfillError(
      'redis_unavailable',
      'Redis does not answer. Start it or check REDIS_URL; this process reconnects by itself.',
      { cause },
    );
  }
}
