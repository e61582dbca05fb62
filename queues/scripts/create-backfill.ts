import { Script } from '../redis/script.ts';

interface Arguments {
  id: string;
  job_id: string;
  /** Fields of the backfill's hash, all text. */
  fields: Record<string, string>;
  dates: string;
  letters: string;
  /** As `dates`, or empty where every date is one day. */
  ends: string;
  counts: Record<string, number>;
  priority: number;
  max_concurrent_runs: number;
  headroom: number;
  /** Caller's Idempotency-Key and a digest of the body it came with, or null. */
  idempotency: { key: string; body_digest: string; ttl_ms: number } | null;
}

type Answer = { outcome: 'created' } | { outcome: 'existing'; id: string } | { outcome: 'key_reused' };

/** Stores a whole plan in one step, so that half a plan never exists. */
export const createBackfill = new Script<Arguments, Answer>(/* lua */ `
if type(args.idempotency) == 'table' then
  local idempotency_key = key('idempotency', args.idempotency.key)
  local known = redis.call('HMGET', idempotency_key, 'id', 'body_digest')
  if known[1] then
    if known[2] ~= args.idempotency.body_digest then return answer({ outcome = 'key_reused' }) end
    return answer({ outcome = 'existing', id = known[1] })
  end
  redis.call('HSET', idempotency_key, 'id', args.id, 'body_digest', args.idempotency.body_digest)
  redis.call('PEXPIRE', idempotency_key, args.idempotency.ttl_ms)
end

for field, value in pairs(args.fields) do redis.call('HSET', backfill_key(args.id), field, value) end
redis.call('HSET', backfill_key(args.id), 'created_at', iso(now_ms))
redis.call('SET', dates_key(args.id), args.dates)
redis.call('SET', letters_key(args.id), args.letters)
if args.ends ~= '' then redis.call('SET', ends_key(args.id), args.ends) end
for letter, n in pairs(args.counts) do redis.call('HSET', counts_key(args.id), letter, n) end
redis.call('ZADD', key('backfills'), now_ms, args.id)
redis.call('ZADD', open_key(args.job_id), args.priority, args.id)
redis.call('HSET', target_key(args.job_id), 'job_name', args.fields.job,
  'max_concurrent_runs', args.max_concurrent_runs, 'headroom', args.headroom)
redis.call('SADD', key('targets'), args.job_id)
pace(args.job_id)
set_state(args.id, 'planning')
return answer({ outcome = 'created' })
`);
