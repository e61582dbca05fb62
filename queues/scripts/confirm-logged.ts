import type { LogEvent } from '../outbox/log-event.ts';
import { Script } from '../redis/script.ts';

interface Arguments {
  entries: { id: string; backfill_id: string; kind: LogEvent['kind'] }[];
}

/** Removes confirmed events from the outbox, each counted once however often this is called. */
export const confirmLogged = new Script<Arguments, { removed: number }>(/* lua */ `
local removed, of_backfill, rows_of = 0, {}, {}
for _, entry in ipairs(args.entries) do
  if redis.call('XDEL', key('outbox'), entry.id) == 1 then
    removed = removed + 1
    local id = entry.backfill_id
    of_backfill[id] = (of_backfill[id] or 0) + 1
    if entry.kind == 'backfill' then rows_of[id] = (rows_of[id] or 0) + 1 end
  end
end
if removed > 0 then redis.call('INCR', key('log-version')) end
for id, n in pairs(of_backfill) do
  if redis.call('EXISTS', backfill_key(id)) == 1 then
    redis.call('HINCRBY', backfill_key(id), 'log_pending', -n)
    if rows_of[id] then redis.call('HINCRBY', backfill_key(id), 'row_pending', -rows_of[id]) end
    note_change(id, 'logged', n)
  end
end
return answer({ removed = removed })
`);
