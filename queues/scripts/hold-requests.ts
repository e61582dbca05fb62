import { Script } from '../redis/script.ts';

interface Arguments {
  workspace: string;
  /** What the workspace asked for, or null. */
  retry_after_ms: number | null;
  min_delay_ms: number;
  max_delay_ms: number;
}

/**
 * After a 429 nobody sends a request for as long as was asked for, else for longer with each 429 in a row.
 * Those of requests that were under way together are one.
 */
export const holdRequests = new Script<Arguments, { held_ms: number; throttled: number }>(/* lua */ `
local hold_key = key('requests', args.workspace, 'hold')
local throttled_key = key('requests', args.workspace, 'throttled')
local held_ms = math.max(0, redis.call('PTTL', hold_key))
local throttled = tonumber(redis.call('GET', throttled_key)) or 0
if held_ms == 0 then
  throttled = throttled + 1
  redis.call('SET', throttled_key, throttled, 'PX', args.max_delay_ms * 2)
end
local delay = args.min_delay_ms * 2 ^ math.min(throttled - 1, 20)
if type(args.retry_after_ms) == 'number' then delay = args.retry_after_ms end
delay = math.floor(math.min(delay, args.max_delay_ms))
if delay > held_ms then redis.call('SET', hold_key, '1', 'PX', delay) end
return answer({ held_ms = math.max(delay, held_ms), throttled = throttled })
`);
