import { z } from 'zod';
import { type RunEnd, runEndSchema } from '../runs/run-end.ts';
import { scriptedEnd } from '../runs/scripted-end.ts';

/** `POST /_local/outcomes`: how the runs of a job with these parameters end, in order of creation. */
export const outcomesSchema = z.strictObject({
  job_name: z.string().min(1).optional(),
  /** A run counts when its effective parameters include all of these. */
  parameters: z.record(z.string(), z.string()).default({}),
  attempts: z.array(runEndSchema),
});

type Outcomes = z.output<typeof outcomesSchema>;

interface Script extends Outcomes {
  created: number;
}

/** The scripted ends of runs. Where several scripts fit a run, all count it and the newest decides. */
export class ScriptedOutcomes {
  #scripts: Script[] = [];

  /** Adds a script; it replaces an earlier one for the same job and parameters and counts from zero. */
  add(outcomes: Outcomes): void {
    const key = scriptKey(outcomes);
    this.#scripts = this.#scripts.filter((script) => scriptKey(script) !== key);
    this.#scripts.push({ ...outcomes, created: 0 });
  }

  clear(): void {
    this.#scripts = [];
  }

  /** The end of the run being created, or null where its notebook decides. Counts the run. */
  take(jobName: string, parameters: Readonly<Record<string, string>>): RunEnd | null {
    let end: RunEnd | null = null;
    for (const script of this.#scripts) {
      if (!fits(script, jobName, parameters)) continue;
      const attempt = script.attempts[script.created];
      script.created += 1;
      if (attempt !== undefined) end = scriptedEnd(attempt);
    }
    return end?.resultState === 'SUCCESS' ? null : end;
  }
}

function fits(script: Script, jobName: string, parameters: Readonly<Record<string, string>>): boolean {
  if (script.job_name !== undefined && script.job_name !== jobName) return false;
  return Object.entries(script.parameters).every(([name, value]) => parameters[name] === value);
}

function scriptKey({ job_name, parameters }: Outcomes): string {
  return JSON.stringify([job_name ?? null, Object.entries(parameters).sort()]);
}
