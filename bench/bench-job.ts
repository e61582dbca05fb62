import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A target job of a bench. */
export interface BenchJob {
  readonly name: string;
  /** Its max_concurrent_runs. */
  readonly limit: number;
  /** Whether somebody has since set that to 0, so that its dates stay pending. */
  readonly closed?: boolean;
  /** Every day is a business day unless said otherwise. */
  readonly calendar?: 'US' | 'none';
}

/** Without a statement, so that what is measured is neither the warehouse nor the emulator's SQL. */
const NOTEBOOK = '-- Databricks notebook source\n-- MAGIC %md does nothing\n';

/** Writes a configuration with these jobs, as a user would, and the notebook that all of them run. */
export async function writeBenchFiles(directory: string, jobs: readonly BenchJob[]): Promise<void> {
  const policies = jobs.map(({ name, calendar = 'none' }) => [name, { calendar }]);
  const definitions = jobs.map(({ name, limit }) => [name, definition(name, limit)]);
  const content = {
    workspace: { file_path: '/Shared/databricks-backfill-bench' },
    backfill: {
      calendar: { from: '2024-01-01', to: '2024-12-31' },
      // One client makes all of a bench's requests; the limiter itself stays on.
      web: { requests_per_minute: 1_000_000 },
      // Two jobs of 1,000 runs each on one worker, as the memory suite wants it.
      worker: { concurrency: 2_000 },
      jobs: Object.fromEntries(policies),
    },
    resources: { jobs: Object.fromEntries(definitions) },
  };
  // JSON is YAML.
  await writeFile(join(directory, 'backfill.yaml'), JSON.stringify(content, null, 2));
  await mkdir(join(directory, 'notebooks'));
  await writeFile(join(directory, 'notebooks', 'idle.sql'), NOTEBOOK);
}

function definition(name: string, limit: number) {
  const notebook = { notebook_path: `\${workspace.file_path}/idle`, source: 'WORKSPACE' };
  return {
    name,
    max_concurrent_runs: limit,
    tasks: [{ task_key: 'idle', notebook_task: notebook }],
    parameters: [{ name: 'position_date', default: '' }],
  };
}
