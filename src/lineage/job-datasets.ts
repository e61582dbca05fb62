import type { Config } from '../config/config.ts';
import type { RunEvent } from './run-event.ts';

type Datasets = Pick<RunEvent, 'inputs' | 'outputs'>;

/** Job parameters that name the tables of the shipped job. */
const SOURCE_PARAMETER = 'source_table';
const DESTINATION_PARAMETER = 'destination_table';

/**
 * Tables that a job reads and writes: those of `backfill.jobs.<key>.lineage`, else those that its parameters
 * `source_table` and `destination_table` name.
 */
export function jobDatasets(
  { jobs, databricks }: Pick<Config, 'jobs' | 'databricks'>,
  job: { readonly jobId: string; readonly name: string },
  runParameters: Readonly<Record<string, string>>,
): Datasets {
  const configured = Object.values(jobs).find(
    ({ jobId, name }) => (jobId ?? job.jobId) === job.jobId && name === job.name,
  );
  const parameters = { ...declaredDefaults(configured?.settings?.parameters), ...runParameters };
  const { inputs, outputs } = configured?.datasets ?? {
    inputs: tableIn(parameters[SOURCE_PARAMETER]),
    outputs: tableIn(parameters[DESTINATION_PARAMETER]),
  };
  // Source: OpenLineage's naming of datasets, Databricks Unity Catalog.
  const namespace = `databricks://${databricks === null ? 'unknown' : new URL(databricks.host).host}`;
  const named = (tables: readonly string[]) => tables.map((name) => ({ namespace, name }));
  return { inputs: named(inputs), outputs: named(outputs) };
}

function tableIn(value: string | undefined): string[] {
  const name = value?.replaceAll('`', '') ?? '';
  return name === '' ? [] : [name];
}

/** `parameters` of a job's settings, which are the API's and not checked by us in every part. */
function declaredDefaults(parameters: unknown): Record<string, string> {
  if (!Array.isArray(parameters)) return {};
  return Object.fromEntries(
    parameters.map((entry: { name?: unknown; default?: unknown }) => [
      String(entry?.name),
      String(entry?.default ?? ''),
    ]),
  );
}
