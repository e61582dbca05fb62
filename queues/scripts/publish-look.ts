import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  holder: string;
  /** Run id -> the ended run as JSON. */
  runs: Readonly<Record<string, string>>;
  seen_until_ms: number;
  /** How long an ended run is kept for those that hold it. */
  keep_ms: number;
}

/**
 * Keeps what a look has found and pokes whoever waits for it. Not for a holder that was too slow: it would
 * pass off an old look as a new one.
 */
export const publishLook = new Script<Arguments, { published: boolean }>(/* lua */ `
local look_key = key('target', args.job_id, 'look')
if redis.call('HGET', look_key, 'holder') ~= args.holder then return answer({ published = false }) end
local ids = {}
for run_id, run in pairs(args.runs) do
  redis.call('SET', key('target', args.job_id, 'ended', run_id), run, 'PX', args.keep_ms)
  table.insert(ids, run_id)
end
local seen = tonumber(redis.call('HGET', look_key, 'seen_until')) or 0
redis.call('HSET', look_key, 'at', now_ms, 'seen_until', string.format('%.0f', math.max(seen, args.seen_until_ms)))
redis.call('HINCRBY', look_key, 'look', 1)
redis.call('HDEL', look_key, 'holder', 'held_until', 'due_at', 'delay', 'failures')
if #ids > 0 then redis.call('PUBLISH', key('looked'), args.job_id .. ' ' .. table.concat(ids, ' ')) end
return answer({ published = true })
`);
