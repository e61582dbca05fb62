import type { RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { addressOf, callerOf } from '../caller.ts';
import { refusal } from './refusal.ts';

const MINUTE_SECONDS = 60;

/**
 * Holds back a caller who asks too often, such as a script without a pause. Each web process counts for
 * itself and in memory: a request must not cost a round trip to Redis to be counted.
 */
export function requestLimit(requestsPerMinute: number | null): RequestHandler {
  if (requestsPerMinute === null) return (_request, _response, next) => next();
  const limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: MINUTE_SECONDS });
  return async (request, response, next) => {
    const { name, via } = callerOf(response);
    const who = via === 'open' ? addressOf(request) : `${via} ${name}`;
    try {
      await limiter.consume(who);
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      throw refusal(
        'requests',
        `More than ${requestsPerMinute} requests a minute. Wait, or raise backfill.web.requests_per_minute.`,
        thrown.msBeforeNext,
      );
    }
    next();
  };
}
