/**
 * Lua for the names of keys, part of the prelude. What TypeScript reads as well has the same name in
 * queues/key-space.ts.
 */
export const KEY_NAMES = /* lua */ `
local function key(...) return table.concat({ prefix, ... }, ':') end
local function backfill_key(id) return key('backfill', id) end
local function letters_key(id) return key('backfill', id, 'letters') end
local function dates_key(id) return key('backfill', id, 'dates') end
local function ends_key(id) return key('backfill', id, 'ends') end
local function counts_key(id) return key('backfill', id, 'counts') end
local function attempts_key(id) return key('backfill', id, 'attempts') end
local function answered_key(attempt) return key('answered', attempt) end
local function links_key(id) return key('backfill', id, 'links') end
local function retries_key(id) return key('backfill', id, 'retries') end
local function withdrawn_key(id) return key('backfill', id, 'withdrawn') end
local function changes_key(id) return key('backfill', id, 'changes') end
local function target_key(job_id) return key('target', job_id) end
local function open_key(job_id) return key('target', job_id, 'open') end
local function claims_key(job_id) return key('target', job_id, 'claims') end
local function live_key(job_id) return key('target', job_id, 'live') end
local function refusals_key(job_id) return key('target', job_id, 'refusals') end
local function asking_key(job_id) return key('target', job_id, 'asking') end
local function probing_key(job_id) return key('target', job_id, 'probing') end
local function successes_key(job_id) return key('target', job_id, 'successes') end
local function queue_key(job_id, part) return key('dates-' .. job_id, part) end
`;
