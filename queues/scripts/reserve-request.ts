import { Script } from '../redis/script.ts';

interface Arguments {
  workspace: string;
  per_second: number;
  /** How many requests are to be sent. */
  count: number;
  /** A worker that has not said for so long that it lives does not count. */
  silence_ms: number;
}

interface Answer {
  /** When each may be sent; their places are taken. */
  waits_ms: number[];
  /** How often in a row the workspace has answered by 429. */
  throttled: number;
  workers: number;
}

/**
 * Gives the next requests their times, such that no second has more than so many: the nth before each must be
 * a second old. Whoever asks first is first, and one question is enough however long the line is.
 */
export const reserveRequest = new Script<Arguments, Answer>(/* lua */ `
local last_key = key('requests', args.workspace, 'last')
local hold_key = key('requests', args.workspace, 'hold')
local held_until = now_ms + math.max(0, redis.call('PTTL', hold_key))
local newest = tonumber(redis.call('LINDEX', last_key, 0)) or 0
-- Of a clock that went back nobody waits for the time it told before.
if newest > now_ms + 120000 then
  redis.call('DEL', last_key)
  newest = 0
end
local waits = {}
for _ = 1, args.count do
  redis.call('LTRIM', last_key, 0, args.per_second - 1)
  newest = math.max(held_until, newest)
  if redis.call('LLEN', last_key) >= args.per_second then
    newest = math.max(newest, tonumber(redis.call('LINDEX', last_key, -1)) + 1000)
  end
  redis.call('LPUSH', last_key, newest)
  table.insert(waits, newest - now_ms)
end
redis.call('PEXPIRE', last_key, newest - now_ms + 2000)
return answer({
  waits_ms = waits,
  throttled = tonumber(redis.call('GET', key('requests', args.workspace, 'throttled'))) or 0,
  workers = redis.call('ZCOUNT', key('workers'), now_ms - args.silence_ms, '+inf'),
})
`);
