import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  max_concurrent_runs: number;
}

interface Answer {
  changed: boolean;
  limit: number;
  /** For how long it has been the same. */
  unchanged_ms: number;
  /** How long the job's last runs took; null before the first. */
  typical_run_ms: number | null;
}

/** Follows the live job's own limit; answers whether it changed. Live runs are never stopped by it. */
export const setLimit = new Script<Arguments, Answer>(/* lua */ `
local before = limit_of(args.job_id)
redis.call('HSET', target_key(args.job_id), 'max_concurrent_runs', args.max_concurrent_runs)
pace(args.job_id)
local limit = limit_of(args.job_id)
-- What was refused for want of a slot need not wait out its delay.
if limit > before then
  redis.call('HDEL', target_key(args.job_id), 'probe_delay_ms')
  redis.call('HSET', target_key(args.job_id), 'probe_at', now_ms)
end
local since = tonumber(redis.call('HGET', target_key(args.job_id), 'limit_since'))
if not since or before ~= limit then
  since = now_ms
  redis.call('HSET', target_key(args.job_id), 'limit_since', since)
end
local typical = tonumber(redis.call('HGET', target_key(args.job_id), 'typical_run_ms'))
return answer({ changed = before ~= limit, limit = limit, unchanged_ms = math.max(0, now_ms - since),
  typical_run_ms = typical or cjson.null })
`);
