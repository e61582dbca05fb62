import type { Redis } from 'ioredis';
import { withDeadline } from '../src/databricks/deadline.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { type Route, route } from './route.ts';

const PING_DEADLINE_MS = 1_000;

/** Alive at all; told to everybody, so that a container's health check needs no token. */
export function livenessRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      summary: 'The process is alive',
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
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
      handle: async () => {
        await ping(redis);
        return { status: 200, body: { status: 'ready', redis: 'ok' } };
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
