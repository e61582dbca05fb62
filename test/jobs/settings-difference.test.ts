// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own references are written so
import { type SettingDifference, settingDifferences } from '../../src/jobs/settings-difference.ts';

const declared = {
  name: '02_process_data',
  queue: { enabled: true },
  max_concurrent_runs: 20,
  tags: { managed_by: 'databricks-backfill' },
  parameters: [
    { name: 'position_date', default: '' },
    { name: 'source_table', default: 'demos.backfill_demo.source_data' },
  ],
  tasks: [
    {
      task_key: 'process',
      max_retries: 3,
      notebook_task: { notebook_path: '/Shared/02_process_data' },
      depends_on: [{ task_key: 'b' }, { task_key: 'a' }],
    },
  ],
};
const [task] = declared.tasks;

function lines(differences: readonly SettingDifference[]): string[] {
  return differences.map(({ path, live, declared: wanted }) => `${path}  ${live} -> ${wanted}`);
}

describe('A live job differs from its definition', () => {
  it('not by what the server fills in, nor by the order of lists', () => {
    const cluster = { spark_version: '15.4.x-scala2.12', num_workers: 2 };
    const ours = {
      ...declared,
      schedule: { quartz_cron_expression: '0 0 9 * * ?', timezone_id: 'UTC' },
      job_clusters: [{ job_cluster_key: 'main', new_cluster: cluster }],
    };
    const live = {
      ...ours,
      format: 'MULTI_TASK',
      email_notifications: {},
      webhook_notifications: {},
      timeout_seconds: 0,
      run_as: { user_name: 'ada@example.test' },
      parameters: declared.parameters.toReversed(),
      schedule: { ...ours.schedule, pause_status: 'UNPAUSED' },
      job_clusters: [
        {
          job_cluster_key: 'main',
          new_cluster: { ...cluster, aws_attributes: { zone_id: 'auto' }, enable_elastic_disk: false },
        },
      ],
      tasks: [
        {
          ...task,
          run_if: 'ALL_SUCCESS',
          email_notifications: {},
          timeout_seconds: 0,
          notebook_task: { source: 'WORKSPACE', notebook_path: '/Shared/02_process_data' },
          depends_on: [{ task_key: 'a' }, { task_key: 'b' }],
        },
      ],
    };
    expect(settingDifferences(ours, live)).toEqual([]);
  });

  it('by changed values, each with its path, the value that is there and the one that is declared', () => {
    const live = {
      ...declared,
      max_concurrent_runs: 5,
      tasks: [{ ...task, max_retries: 0, timeout_seconds: 900 }],
      parameters: [declared.parameters[0], { name: 'source_table', default: 'old' }],
    };
    expect(lines(settingDifferences(declared, live))).toEqual([
      'max_concurrent_runs  5 -> 20',
      'parameters.source_table.default  "old" -> "demos.backfill_demo.source_data"',
      'tasks.process.max_retries  0 -> 3',
      'tasks.process.timeout_seconds  900 -> 0',
    ]);
  });

  it('by what is only here or only there', () => {
    const schedule = { quartz_cron_expression: '0 0 9 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' };
    const live = { ...declared, schedule, parameters: [declared.parameters[0]], tags: { owner: 'ada' } };
    expect(settingDifferences(declared, live)).toEqual([
      {
        path: 'parameters.source_table',
        live: null,
        declared: '{"default":"demos.backfill_demo.source_data","name":"source_table"}',
      },
      { path: 'schedule', live: expect.stringContaining('0 0 9'), declared: null },
      { path: 'tags.owner', live: '"ada"', declared: null },
      { path: 'tags.managed_by', live: null, declared: '"databricks-backfill"' },
    ]);
  });

  it('by a queue that is off because an older API made the job', () => {
    const { queue: _, ...live } = declared;
    expect(lines(settingDifferences(declared, live))).toEqual(['queue.enabled  false -> true']);
  });

  it('not by an id above 2^53 that arrives as text', () => {
    const runJob = (id: unknown) => ({ tasks: [{ task_key: 'a', run_job_task: { job_id: id } }] });
    expect(settingDifferences({ ...declared, ...runJob(12n) }, { ...declared, ...runJob('12') })).toEqual([]);
    expect(settingDifferences({ ...declared, ...runJob('12') }, { ...declared, ...runJob(12) })).toEqual([]);
  });

  it('without showing a secret: neither what its key names so, nor what came from the environment', () => {
    const withEnv = (spark_env_vars: object) => ({
      ...declared,
      job_clusters: [{ job_cluster_key: 'main', new_cluster: { spark_env_vars } }],
    });
    const differences = settingDifferences(
      withEnv({ API_TOKEN: 'hush-new', DSN: 'pg://me:hush-pass@db', REGION: 'eu', MODE: 'queue' }),
      withEnv({ API_TOKEN: 'hush-old', DSN: 'pg://me:hush-before@db', REGION: 'us', MODE: 'q' }),
      new Map([
        ['hush-pass', '${env.PG_PASSWORD}'],
        ['eu', '${env.REGION}'],
      ]),
    );
    expect(lines(differences)).toEqual([
      'job_clusters.main.new_cluster.spark_env_vars.API_TOKEN  (not shown) -> (not shown)',
      'job_clusters.main.new_cluster.spark_env_vars.DSN  (not shown) -> "pg://me:${env.PG_PASSWORD}@db"',
      'job_clusters.main.new_cluster.spark_env_vars.MODE  "q" -> "queue"',
      'job_clusters.main.new_cluster.spark_env_vars.REGION  (not shown) -> "${env.REGION}"',
    ]);
    expect(JSON.stringify(differences)).not.toContain('hush');
    const added = settingDifferences(withEnv({ API_TOKEN: 'hush' }), declared);
    expect(JSON.stringify(added)).not.toContain('hush');
  });
});
