import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPolicy } from '../../src/config/job-policy.ts';
import { ConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('the shipped backfill.yaml', () => {
  const shipped = readFileSync(join(import.meta.dirname, '..', '..', 'backfill.yaml'), 'utf8');

  test('defines 02_process_data with tables of the configured catalog and schema', () => {
    const config = folder.load({
      files: { 'backfill.yaml': shipped },
      env: {
        BACKFILL_CATALOG: 'lake-2',
        DATABRICKS_HOST: 'https://127.0.0.1:8443',
        DATABRICKS_TOKEN: 'any',
        DATABRICKS_WAREHOUSE_ID: 'local',
      },
    });
    expect(config.jobs['02_process_data']?.policy).toEqual(defaultPolicy);
    expect(config.jobs['02_process_data']?.settings).toEqual({
      name: '02_process_data',
      max_concurrent_runs: 20,
      tasks: [
        {
          task_key: 'process_data',
          notebook_task: {
            notebook_path: '/Shared/databricks-backfill/02_process_data',
            source: 'WORKSPACE',
            warehouse_id: 'local',
          },
          max_retries: 3,
          min_retry_interval_millis: 60_000,
          retry_on_timeout: true,
          timeout_seconds: 1_800,
        },
      ],
      parameters: [
        { name: 'position_date', default: '' },
        { name: 'source_table', default: '`lake-2`.`backfill_demo`.`source_data`' },
        { name: 'destination_table', default: '`lake-2`.`backfill_demo`.`destination_data`' },
      ],
      tags: { app_name: 'backfill_demo', environment: 'dev' },
      queue: { enabled: true },
    });
  });

  test('leaves warehouse_id out when no warehouse is configured', () => {
    const { settings } = folder.load({ files: { 'backfill.yaml': shipped } }).jobs['02_process_data'] ?? {};
    expect(settings?.tasks).toEqual([
      expect.objectContaining({
        notebook_task: { notebook_path: '/Shared/databricks-backfill/02_process_data', source: 'WORKSPACE' },
      }),
    ]);
  });
});
