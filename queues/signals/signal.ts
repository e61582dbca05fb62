import { z } from 'zod';

export const PROBLEMS = ['paused', 'stalled', 'failing'] as const;

const ProblemSchema = z.enum(PROBLEMS);

/** What a backfill may suffer from; `since` (ISO 8601) tells one occurrence from the next. */
export type Problem = z.output<typeof ProblemSchema>;

export function isProblem(text: string): text is Problem {
  return ProblemSchema.safeParse(text).success;
}

const OpenProblemSchema = z.object({ problem: ProblemSchema, since: z.string() });
export type OpenProblem = z.output<typeof OpenProblemSchema>;

/** Name of an incident: the same for a problem and its end, another for each occurrence. */
export function incidentOf(backfillId: string, { problem, since }: OpenProblem): string {
  return `${backfillId}_${problem}_${since}`;
}

/** Lua's JSON encoder writes an empty list as an empty object. */
const OpenProblemsSchema = z.union([z.array(OpenProblemSchema), z.object({}).transform(() => [])]);

const AttemptSchema = z.object({
  position_date: z.string(),
  /** Of a window its last day. */
  position_end_date: z.string().optional(),
  attempt_id: z.string(),
});

/** Bodies by kind. `at` is Redis' time of the change, ISO 8601 in UTC. */
const BODIES = {
  /** It was made; only told for lineage. */
  created: z.object({ at: z.string() }),
  /** Its last date is terminal. `problems` are those that end with it. */
  ended: z.object({ at: z.string(), state: z.string(), problems: OpenProblemsSchema }),
  problem: OpenProblemSchema.extend({ at: z.string(), reason: z.string() }),
  recovered: OpenProblemSchema.extend({ at: z.string() }),
  run_started: AttemptSchema.extend({ at: z.string() }),
  run_ended: AttemptSchema.extend({
    at: z.string(),
    result: z.enum(['succeeded', 'failed', 'cancelled']),
    error_message: z.string().optional(),
  }),
};

type Kind = keyof typeof BODIES;

/** Something that others shall be told, as the script that changed the plan wrote it. */
export type Signal = { readonly id: string; readonly backfillId: string } & {
  [K in Kind]: { readonly kind: K } & z.output<(typeof BODIES)[K]>;
}[Kind];

export type SignalOf<K extends Kind> = Extract<Signal, { kind: K }>;

const FieldsSchema = z.object({
  kind: z.enum(Object.keys(BODIES) as [Kind, ...Kind[]]),
  backfill_id: z.string(),
  body: z.string(),
});

/** Reads one entry of the stream; throws for what this version does not know. */
export function readSignal(id: string, flatFields: readonly string[]): Signal {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < flatFields.length; i += 2) fields[flatFields[i] ?? ''] = flatFields[i + 1] ?? '';
  const { kind, backfill_id: backfillId, body } = FieldsSchema.parse(fields);
  return { id, backfillId, kind, ...BODIES[kind].parse(JSON.parse(body)) } as Signal;
}
