import { Script } from '../redis/script.ts';

/** A date that a retry runs again. */
export interface RetriedDate {
  position_date: string;
  /** Last day of the window that failed; the date itself where it is one day. */
  position_end_date: string;
  /** The failed attempt that the log named when it was read; null where the failure was seen in the plan. */
  failed_attempt: string | null;
}

export interface ContestedDate {
  position_date: string;
  /** The backfill that has the date, or has run it again since its failure was read. */
  backfill_id: string;
}

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
  /** Of a retry: its dates. */
  retries: RetriedDate[];
}

type Answer =
  | { outcome: 'created' }
  | { outcome: 'existing'; id: string }
  | { outcome: 'key_reused' }
  /** Nothing was stored: these dates are in other hands. */
  | { outcome: 'contested'; dates: ContestedDate[] };

/** What was read of the log is at most some minutes old when a retry of it is stored. */
const ANSWERED_TTL_MS = 24 * 60 * 60 * 1000;

/**
 * Stores a whole plan in one step, so that half a plan never exists. A retry is stored only if no unfinished
 * backfill still has one of its dates, and no other retry has run one again since its failure was read: two
 * sweeps at the same time start one backfill.
 */
export const createBackfill = new Script<Arguments, Answer>(/* lua */ `
-- Sent again after its answer was lost: what it stored stays as it has become.
if redis.call('EXISTS', backfill_key(args.id)) == 1 then return answer({ outcome = 'created' }) end
if type(args.idempotency) == 'table' then
  local idempotency_key = key('idempotency', args.idempotency.key)
  local known = redis.call('HMGET', idempotency_key, 'id', 'body_digest')
  if known[1] then
    if known[2] ~= args.idempotency.body_digest then return answer({ outcome = 'key_reused' }) end
    return answer({ outcome = 'existing', id = known[1] })
  end
end

local function holder_of(retry)
  for _, id in ipairs(redis.call('ZRANGE', open_key(args.job_id), 0, -1)) do
    local index = index_of(id, retry.position_date)
    if index and string.find('pdwqgr', letter_at(id, index), 1, true) then return id end
  end
  if type(retry.failed_attempt) ~= 'string' then return nil end
  local id = redis.call('GET', answered_key(retry.failed_attempt))
  return id and attempt_of(id, retry.position_date) and id or nil
end

local contested = {}
for _, retry in ipairs(args.retries) do
  local id = holder_of(retry)
  if id then table.insert(contested, { position_date = retry.position_date, backfill_id = id }) end
end
if #contested > 0 then return answer({ outcome = 'contested', dates = contested }) end
for _, retry in ipairs(args.retries) do
  if type(retry.failed_attempt) == 'string' then
    redis.call('SET', answered_key(retry.failed_attempt), args.id, 'PX', ${ANSWERED_TTL_MS})
  end
end

if type(args.idempotency) == 'table' then
  local idempotency_key = key('idempotency', args.idempotency.key)
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
if wants_lineage(args.id) then to_signals(args.id, 'created', {}) end
return answer({ outcome = 'created' })
`);
