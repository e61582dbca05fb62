import { z } from 'zod';
import type { Run } from '../../src/databricks/run.ts';

const words = { code: z.string(), message: z.string() };

const OutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('succeeded'), warning: z.string().nullable() }),
  z.object({
    kind: z.literal('failed'),
    class: z.enum(['platform', 'timeout', 'user_code', 'configuration']),
    ...words,
  }),
  z.object({ kind: z.literal('cancelled'), ...words }),
  z.object({ kind: z.literal('refused'), ...words }),
]);

/** An ended run as workers tell each other of it; parameters and tasks stay out, nobody judges by them. */
const EndedRunSchema = z.object({
  runId: z.string(),
  jobId: z.string(),
  runPageUrl: z.string().nullable(),
  creatorUserName: z.string().nullable(),
  startTimeMs: z.number(),
  endTimeMs: z.number().nullable(),
  runDurationMs: z.number().nullable(),
  queueDurationMs: z.number(),
  outcome: OutcomeSchema,
});

export function writeEndedRun(run: Run): string {
  const { parameters: _parameters, tasks: _tasks, phase: _phase, ...told } = run;
  return JSON.stringify(told);
}

/** Null for what is no ended run, such as one that another version wrote: it is then asked for by its id. */
export function readEndedRun(json: string): Run | null {
  const read = EndedRunSchema.safeParse(parsed(json));
  return read.success ? { ...read.data, phase: 'terminated', parameters: {}, tasks: [] } : null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
