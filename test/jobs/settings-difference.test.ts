import { differingSettings } from '../../src/jobs/settings-difference.ts';

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

describe('A live job differs from its definition', () => {
  it('not by what the server fills in, nor by the order of lists', () => {
    const live = {
      ...declared,
      format: 'MULTI_TASK',
      email_notifications: {},
      webhook_notifications: {},
      timeout_seconds: 0,
      run_as: { user_name: 'ada@example.test' },
      parameters: declared.parameters.toReversed(),
      tasks: [
        {
          ...declared.tasks[0],
          run_if: 'ALL_SUCCESS',
          email_notifications: {},
          timeout_seconds: 0,
          notebook_task: { source: 'WORKSPACE', notebook_path: '/Shared/02_process_data' },
          depends_on: [{ task_key: 'a' }, { task_key: 'b' }],
        },
      ],
    };
    expect(differingSettings(declared, live)).toEqual([]);
  });

  it('by a changed limit, a task with other retries and a schedule that someone added', () => {
    const live = {
      ...declared,
      max_concurrent_runs: 5,
      schedule: { quartz_cron_expression: '0 0 9 * * ?', timezone_id: 'UTC' },
      tasks: [{ ...declared.tasks[0], max_retries: 0 }],
    };
    expect(differingSettings(declared, live)).toEqual(['max_concurrent_runs', 'schedule', 'tasks']);
  });

  it('by a queue that is off because an older API made the job', () => {
    const { queue: _, ...live } = declared;
    expect(differingSettings(declared, live)).toEqual(['queue']);
  });

  it('not by an id above 2^53 that arrives as text', () => {
    const task = (id: unknown) => ({ tasks: [{ task_key: 'a', run_job_task: { job_id: id } }] });
    expect(differingSettings({ ...declared, ...task(12n) }, { ...declared, ...task('12') })).toEqual([]);
  });
});
