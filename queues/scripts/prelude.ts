import { ATTEMPTS } from './prelude/attempts.ts';
import { BACKFILL_STATE } from './prelude/backfill-state.ts';
import { CLAIMS } from './prelude/claims.ts';
import { CLOCK } from './prelude/clock.ts';
import { DATE_JOB } from './prelude/date-job.ts';
import { KEY_NAMES } from './prelude/key-names.ts';
import { LETTERS } from './prelude/letters.ts';
import { OUTBOX } from './prelude/outbox.ts';
import { SIGNALS } from './prelude/signals.ts';
import { SLOTS } from './prelude/slots.ts';
import { START_GATE } from './prelude/start-gate.ts';
import { WITHDRAWN_ROWS } from './prelude/withdrawn-rows.ts';

/**
 * What every script shares, and the few ways in which a date may change. `KEYS[1]` is the prefix, `ARGV[1]` a
 * JSON object. The parts are in this order because Lua knows a local function only below its definition.
 */
export const PRELUDE = /* lua */ `
local prefix = KEYS[1]
local args = cjson.decode(ARGV[1])

${CLOCK}
${KEY_NAMES}
${DATE_JOB}
${CLAIMS}
${LETTERS}
${ATTEMPTS}
${OUTBOX}
${SIGNALS}
${WITHDRAWN_ROWS}
${START_GATE}
${BACKFILL_STATE}
${SLOTS}

local function answer(value) return cjson.encode(value) end
`;
