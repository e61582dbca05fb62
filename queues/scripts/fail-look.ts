import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  holder: string;
  /** What the workspace asked for, or null. */
  retry_after_ms: number | null;
  min_delay_ms: number;
  max_delay_ms: number;
}

/** After a failed look the whole fleet waits: as long as was asked for, else longer with each failure. */
export const failLook = new Script<Arguments, { delay_ms: number }>(/* lua */ `
local look_key = key('target', args.job_id, 'look')
if redis.call('HGET', look_key, 'holder') ~= args.holder then return answer({ delay_ms = 0 }) end
local failures = redis.call('HINCRBY', look_key, 'failures', 1)
local delay = math.min(args.max_delay_ms, args.min_delay_ms * 2 ^ math.min(failures, 20))
if type(args.retry_after_ms) == 'number' then delay = args.retry_after_ms end
redis.call('HSET', look_key, 'due_at', now_ms + delay, 'delay', delay)
redis.call('HDEL', look_key, 'holder', 'held_until')
return answer({ delay_ms = delay })
`);
