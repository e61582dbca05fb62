import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  /** Who asks. It may ask again while it holds the turn, which makes the turn last longer. */
  holder: string;
  /** How old the last look may be at most; null from a holder that only asks for more time. */
  interval_ms: number | null;
  lease_ms: number;
  /** How long the fleet remembers, after its last look, down to where it has seen the list. */
  memory_ms: number;
}

interface Answer {
  taken: boolean;
  /** How many looks there were. It falls only when Redis has lost them. */
  look: number;
  /** When to ask again; 0 when taken. */
  wait_ms: number;
  /** All runs that ended until then are known; null where none are. In the time of Databricks. */
  seen_until_ms: number | null;
  typical_run_ms: number | null;
}

/** Who waits for what another finds is poked when it has; asking more often would only keep Redis busy. */
const MIN_HELD_WAIT_MS = 50;

/**
 * The turn to look at the ended runs of a job goes to whoever asks first once the last look is old enough.
 * It is lost when its holder falls silent, and not given while a failed look's delay lasts. Clocks that go
 * backwards cost one interval at most: nothing may lie further ahead than it could have been set.
 */
export const takeLook = new Script<Arguments, Answer>(/* lua */ `
local look_key = key('target', args.job_id, 'look')
local look, at, seen, holder, held_until, due_at, delay = unpack(redis.call('HMGET', look_key,
  'look', 'at', 'seen_until', 'holder', 'held_until', 'due_at', 'delay'))
redis.call('PEXPIRE', look_key, args.memory_ms)

local due = 0
local renewal = type(args.interval_ms) ~= 'number'
if at and not renewal then due = math.min(tonumber(at), now_ms) + args.interval_ms end
if due_at then due = math.max(due, math.min(tonumber(due_at), now_ms + tonumber(delay))) end
-- Most looks are over long before their lease; one that found nothing is told to nobody.
if holder and holder ~= args.holder and not renewal then
  local patience = math.max(${MIN_HELD_WAIT_MS}, args.interval_ms)
  due = math.max(due, math.min(tonumber(held_until), now_ms + math.min(args.lease_ms, patience)))
end
local held = holder == args.holder and tonumber(held_until) > now_ms
local taken = held or not renewal and due <= now_ms
if taken then
  redis.call('HSET', look_key, 'holder', args.holder, 'held_until', now_ms + args.lease_ms)
  redis.call('PEXPIRE', look_key, args.memory_ms)
end
return answer({
  taken = taken,
  look = tonumber(look) or 0,
  wait_ms = taken and 0 or math.max(0, due - now_ms),
  seen_until_ms = tonumber(seen) or cjson.null,
  typical_run_ms = tonumber(redis.call('HGET', target_key(args.job_id), 'typical_run_ms')) or cjson.null,
})
`);
