import { Script } from '../redis/script.ts';

interface Arguments {
  workspace: string;
  per_second: number;
  /** A worker that has not said for so long that it lives does not count. */
  silence_ms: number;
}

interface Answer {
  /** When the request may be sent; its place is taken. */
  wait_ms: number;
  /** How often in a row the workspace has answered by 429. */
  throttled: number;
  workers: number;
}

/**
 * Gives the next request its time, such that no second has more than so many: the nth before it must be a
 * second old. Whoever asks first is first, and one question is enough however long the line is.
 */
export const reserveRequest = new Script<Arguments, Answer>(/* lua */ `
local last_key = key('requests', args.workspace, 'last')
local hold_key = key('requests', args.workspace, 'hold')
redis.call('LTRIM', last_key, 0, args.per_second - 1)
local newest = tonumber(redis.call('LINDEX', last_key, 0)) or 0
-- Of a clock that went back nobody waits for the time it told before.
if newest > now_ms + 120000 then
  redis.call('DEL', last_key)
  newest = 0
end
local at = math.max(now_ms, newest)
if redis.call('LLEN', last_key) >= args.per_second then
  at = math.max(at, tonumber(redis.call('LINDEX', last_key, -1)) + 1000)
end
local held_ms = math.max(0, redis.call('PTTL', hold_key))
at = math.max(at, now_ms + held_ms)
redis.call('LPUSH', last_key, at)
redis.call('PEXPIRE', last_key, at - now_ms + 2000)
return answer({
  wait_ms = at - now_ms,
  throttled = tonumber(redis.call('GET', key('requests', args.workspace, 'throttled'))) or 0,
  workers = redis.call('ZCOUNT', key('workers'), now_ms - args.silence_ms, '+inf'),
})
`);
