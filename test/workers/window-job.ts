import type { JobPolicy } from '../../src/config/config.ts';
import { parseGranularity } from '../../src/planning/granularity.ts';
import type { TestWorkspace } from '../harness/workspace.ts';
import type { FleetOptions } from './fleet.ts';

const PATH = '/Shared/databricks-backfill/process_window';

/** Replaces exactly the days of its window, as the guide on windows shows it. */
const NOTEBOOK = `-- Databricks notebook source
INSERT INTO IDENTIFIER(:destination_table)
REPLACE WHERE position_date BETWEEN CAST(:position_date AS DATE) AND CAST(:position_end_date AS DATE)
SELECT position_date, id, value, category
FROM IDENTIFIER(:source_table)
WHERE position_date BETWEEN CAST(:position_date AS DATE) AND CAST(:position_end_date AS DATE)
`;

/** A job that processes a window a run, for a fleet of its own. */
export async function windowJob(
  { client, tables, config }: TestWorkspace,
  granularity: string,
  policy: Partial<JobPolicy> = {},
): Promise<FleetOptions> {
  await client.files.importNotebook({ path: PATH, language: 'SQL', source: NOTEBOOK });
  const parsed = parseGranularity(granularity);
  if (parsed === undefined) throw new Error(`${granularity} is no granularity.`);
  return {
    settings: {
      tasks: [
        {
          task_key: 'process_window',
          notebook_task: {
            notebook_path: PATH,
            source: 'WORKSPACE',
            warehouse_id: config.databricks?.warehouseId,
          },
        },
      ],
      parameters: [
        { name: 'position_date', default: '' },
        { name: 'position_end_date', default: '' },
        { name: 'source_table', default: tables.sourceData },
        { name: 'destination_table', default: tables.destinationData },
      ],
    },
    policy: { granularity: parsed, ...policy },
  };
}
