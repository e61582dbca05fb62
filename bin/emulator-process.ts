import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { BoundProcess } from './bound-process.ts';
import { packageRoot, scriptCommand } from './package-root.ts';

const FactsSchema = z.object({ url: z.string(), ca: z.string(), warehouse_id: z.string() });

/** Where the emulator listens and how to trust it. */
export type EmulatorFacts = z.infer<typeof FactsSchema>;

export interface EmulatorProcessOptions {
  readonly flags: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const STOP_DEADLINE_MS = 5_000;

/** @throws BackfillError `configuration_invalid` in an install that does not carry the emulator. */
export function startEmulatorProcess({ flags, cwd, env }: EmulatorProcessOptions): BoundProcess {
  const { command, args, file } = scriptCommand('emulator/main');
  if (!existsSync(file)) {
    throw new BackfillError(
      'configuration_invalid',
      `The emulator is not part of an installed package (${packageRoot}). Clone the databricks-backfill repository, run npm ci there, then npm run dev; or set DATABRICKS_HOST to a workspace.`,
    );
  }
  return new BoundProcess({ command, args: [...args, ...flags], cwd, env, stopDeadlineMs: STOP_DEADLINE_MS });
}

/**
 * Waits for the first line of an emulator that was started with `--json`.
 *
 * @throws BackfillError `workspace_unavailable` with what it said when it ends instead.
 */
export async function emulatorFacts(emulator: BoundProcess): Promise<EmulatorFacts> {
  const { stdout, stderr } = emulator.child;
  let complaint = '';
  stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const firstLine = new Promise<string>((resolve) => {
    if (stdout !== null) createInterface({ input: stdout }).on('line', resolve);
  });
  const line = await Promise.race([firstLine, emulator.ended.then(() => null)]);
  if (line !== null) return FactsSchema.parse(JSON.parse(line));
  throw new BackfillError('workspace_unavailable', `The emulator ended at its start. ${complaint.trim()}`);
}

/** Environment of a process that shall work on the emulator. */
export function emulatorEnvironment(facts: EmulatorFacts): Record<string, string> {
  return {
    DATABRICKS_HOST: facts.url,
    DATABRICKS_TOKEN: 'emulator',
    DATABRICKS_WAREHOUSE_ID: facts.warehouse_id,
    BACKFILL_CA_CERT: facts.ca,
  };
}
