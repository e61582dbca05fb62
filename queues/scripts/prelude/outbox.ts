/** Lua for what the log shall be told (see queues/outbox/outbox.ts), part of the prelude. */
export const OUTBOX = /* lua */ `
local function to_outbox(id, kind, body)
  redis.call('XADD', key('outbox'), '*', 'kind', kind, 'backfill_id', id, 'body', body)
  redis.call('HINCRBY', backfill_key(id), 'log_pending', 1)
  if kind == 'backfill' then redis.call('HINCRBY', backfill_key(id), 'row_pending', 1) end
end
`;
