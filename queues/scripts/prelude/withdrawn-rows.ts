/** Lua for the log rows of attempts that were taken back before they had a run, part of the prelude. */
export const WITHDRAWN_ROWS = /* lua */ `
-- An attempt that was refused and then withdrawn has a STARTED row. The date may start it again; if it
-- never will, the row ends here.
local function end_withdrawn_rows(id, dates)
  local attempts = {}
  for _, date in ipairs(dates) do
    if redis.call('SREM', withdrawn_key(id), date) == 1 then
      local record = attempt_of(id, date)
      table.insert(attempts, { position_date = date, record = record })
      tell_run_ended(id, date, record, 'cancelled')
    end
  end
  if #attempts == 0 then return end
  to_outbox(id, 'cancelled', cjson.encode({ at = iso(now_ms), attempts = attempts }))
end
`;
