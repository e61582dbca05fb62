import { Script } from '../redis/script.ts';

interface Arguments {
  entries: { id: string; backfill_id: string }[];
}

/** Removes confirmed events from the outbox, each counted once however often this is called. */
export const confirmLogged = new Script<Arguments, { removed: number }>(/* lua */ `
local removed, of_backfill = 0, {}
for _, entry in ipairs(args.entries) do
  if redis.call('XDEL', key('outbox'), entry.id) == 1 then
    removed = removed + 1
    of_backfill[entry.backfill_id] = (of_backfill[entry.backfill_id] or 0) + 1
  end
end
for id, n in pairs(of_backfill) do
  if redis.call('EXISTS', backfill_key(id)) == 1 then
    redis.call('HINCRBY', backfill_key(id), 'log_pending', -n)
    note_change(id, 'logged', n)
  end
end
return answer({ removed = removed })
`);
