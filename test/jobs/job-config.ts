import type { JobConfig } from '../../src/config/config.ts';
import { defaultPolicy } from '../../src/config/job-policy.ts';
import type { TableNames } from '../../src/tables/table-names.ts';

/** A job of the configuration that runs our notebook, with what a test cares about on top. */
export function jobConfig(
  name: string,
  part: Partial<JobConfig> = {},
  settings: Record<string, unknown> = {},
): JobConfig {
  return {
    key: name,
    name,
    jobId: null,
    settings: {
      name,
      max_concurrent_runs: 20,
      parameters: [{ name: 'position_date', default: '' }],
      tasks: [
        {
          task_key: 'process',
          notebook_task: {
            notebook_path: notebookPath(name),
            warehouse_id: 'local',
          },
          max_retries: 3,
          min_retry_interval_millis: 60_000,
          retry_on_timeout: true,
          timeout_seconds: 1800,
        },
      ],
      ...settings,
    },
    policy: defaultPolicy,
    ...part,
  };
}

/** Where the job of that name has its notebook. */
export function notebookPath(name: string): string {
  return `/Shared/${name}/02_process_data`;
}

/** Declared parameters of a job that processes the tables of these names. */
export function tableParameters(names: TableNames): { name: string; default: string }[] {
  return [
    { name: 'position_date', default: '' },
    { name: 'source_table', default: names.sourceData },
    { name: 'destination_table', default: names.destinationData },
  ];
}
