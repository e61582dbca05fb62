import { ConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

/** After the layout that `databricks bundle init` makes, with what people add to it. */
const BUNDLE = `
bundle:
  name: sales
  uuid: 0a5f6a3e-0000-4000-8000-000000000001

include:
  - resources/*.yml

variables:
  region:
    description: Where the data lives.
    default: eu
  runs:
    default: 8
  landing:
    default: /Volumes/\${var.region}/landing
  cluster:
    type: complex
    default: { spark_version: 15.4.x-scala2.12 }

x-retries: &retries
  max_retries: 2
  min_retry_interval_millis: 60000

workspace:
  host: https://adb-1.azuredatabricks.net
  root_path: /Workspace/Users/someone@example.com/.bundle/\${bundle.name}/\${bundle.target}
  file_path: /Workspace/Shared/\${bundle.name}

resources:
  pipelines:
    ingest: { name: "\${bundle.target} ingest" }
  jobs:
    sales_daily:
      name: "[\${var.region}] \${bundle.name} daily"
      max_concurrent_runs: \${var.runs}
      trigger:
        periodic: { interval: 1, unit: DAYS }
      email_notifications:
        on_failure: [team@example.com]
      tasks:
        - task_key: load
          <<: *retries
          notebook_task:
            notebook_path: \${workspace.file_path}/load
            base_parameters: { path: "\${var.landing}/in", ref: "{{job.parameters.position_date}}" }
        - task_key: publish
          depends_on: [{ task_key: load }]
          run_job_task: { job_id: 9007199254740993 }
      parameters:
        - { name: position_date, default: "{{job.trigger.time.iso_date}}" }
      permissions:
        - { group_name: users, level: CAN_VIEW }

targets:
  dev: { mode: development, default: true }
  prod:
    resources: { jobs: { sales_daily: { name: "\${bundle.target}" } } }

backfill:
  jobs:
    sales_daily: { headroom: 2, retry_delay: "\${env.DELAY:-45s}", name: "\${env.NAME:-}" }
`;

test('A Databricks bundle with our keys beside it is read: settings as in its default target, references resolved', () => {
  const { jobs } = folder.load({ files: { 'databricks.yml': BUNDLE }, configFile: 'databricks.yml' });
  expect(jobs).toEqual({
    sales_daily: {
      key: 'sales_daily',
      name: '[dev] [eu] sales daily',
      jobId: null,
      settings: {
        name: '[dev] [eu] sales daily',
        max_concurrent_runs: 8,
        trigger: { periodic: { interval: 1, unit: 'DAYS' }, pause_status: 'PAUSED' },
        email_notifications: { on_failure: ['team@example.com'] },
        tasks: [
          {
            task_key: 'load',
            max_retries: 2,
            min_retry_interval_millis: 60_000,
            notebook_task: {
              notebook_path: '/Workspace/Shared/sales/load',
              base_parameters: { path: '/Volumes/eu/landing/in', ref: '{{job.parameters.position_date}}' },
            },
          },
          {
            task_key: 'publish',
            depends_on: [{ task_key: 'load' }],
            run_job_task: { job_id: 9_007_199_254_740_993n },
          },
        ],
        parameters: [{ name: 'position_date', default: '{{job.trigger.time.iso_date}}' }],
        permissions: [{ group_name: 'users', level: 'CAN_VIEW' }],
      },
      policy: expect.objectContaining({ headroom: 2, retryDelayMs: 45_000 }),
    },
  });
});

test('A variable of the environment replaces its default, as text or whole', () => {
  const { jobs } = folder.load({
    files: { 'databricks.yml': BUNDLE },
    configFile: 'databricks.yml',
    env: { DELAY: '2m' },
  });
  expect(jobs.sales_daily?.policy.retryDelayMs).toBe(120_000);
});

test('Names of our tables follow the catalog that holds in the end', () => {
  const files = {
    'backfill.yaml': `
backfill: { catalog: "\${var.region}_lake", calendars: { desk: { country: US } } }
variables: { region: { default: eu } }
resources: { jobs: { a: { name: "\${backfill.catalog}.\${backfill.schema} \${workspace.file_path}" } } }
`,
  };
  expect(folder.load({ files }).jobs.a?.name).toBe('eu_lake.backfill_demo /Shared/databricks-backfill');
  expect(folder.load({ files }).tables.catalog).toBe('eu_lake');
  expect(folder.load({ files, env: { BACKFILL_CATALOG: 'mine' } }).jobs.a?.name).toContain(
    'mine.backfill_demo',
  );
});
