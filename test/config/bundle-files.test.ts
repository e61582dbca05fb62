// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own references are written so
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { ConfigFolder, type Given } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const MAIN = `
bundle: { name: sales }
include: [resources/*.yml, our-keys.yml]
variables:
  region: { default: eu }
  runs: { default: 8 }
  cluster:
    type: complex
    default: { spark_version: 15.4.x-scala2.12, num_workers: 2 }
  owner: { description: Has no default }
workspace:
  root_path: /Workspace/Shared/\${bundle.name}/\${bundle.target}
targets:
  dev: { mode: development, default: true, variables: { region: us } }
  prod:
    mode: production
    variables: { runs: { default: 20 } }
    presets: { tags: { env: prod } }
    resources:
      jobs:
        daily:
          tasks:
            - { task_key: load, timeout_seconds: 1800 }
            - { task_key: publish, notebook_task: { notebook_path: ./extra/publish.py } }
    backfill: { jobs: { daily: { headroom: 2 } } }
`;
const DAILY = `
resources:
  jobs:
    daily:
      max_concurrent_runs: \${var.runs}
      schedule: { quartz_cron_expression: 0 0 9 * * ?, timezone_id: UTC }
      tasks:
        - task_key: load
          timeout_seconds: 900
          new_cluster: \${var.cluster}
          notebook_task: { notebook_path: ../src/load.sql }
        - task_key: totals
          sql_task: { warehouse_id: w, file: { path: ../src/totals.sql } }
      parameters: [{ name: position_date, default: "\${var.region}" }]
`;
const FILES = {
  'databricks.yml': MAIN,
  'resources/daily.yml': DAILY,
  'our-keys.yml': 'backfill: { jobs: { daily: { calendar: none } } }\n',
  'src/load.sql': '-- Databricks notebook source\nSELECT 1\n',
  'src/totals.sql': 'SELECT 2\n',
  'extra/publish.py': '# Databricks notebook source\n',
};

function bundle(changes: Given['files'] = {}, env: Given['env'] = {}): Given {
  return { files: { ...FILES, ...changes }, configFile: 'databricks.yml', env };
}

function taskOf(config: Config, taskKey: string): unknown {
  const tasks = (config.jobs.daily?.settings?.tasks ?? []) as { task_key: string }[];
  return tasks.find((task) => task.task_key === taskKey);
}

describe('A bundle in several files', () => {
  test('is read with what it includes, and each path stands below the target, relative to its own file', () => {
    const config = folder.load(bundle());
    expect(taskOf(config, 'load')).toEqual({
      task_key: 'load',
      timeout_seconds: 900,
      new_cluster: { spark_version: '15.4.x-scala2.12', num_workers: 2 },
      notebook_task: { notebook_path: '/Workspace/Shared/sales/dev/files/src/load' },
    });
    expect(taskOf(config, 'totals')).toMatchObject({
      sql_task: { file: { path: '/Workspace/Shared/sales/dev/files/src/totals.sql' } },
    });
    expect(config.jobs.daily?.notebookFiles).toEqual({
      '/Workspace/Shared/sales/dev/files/src/load': join(folder.path, 'src/load.sql'),
      '/Workspace/Shared/sales/dev/files/src/totals.sql': join(folder.path, 'src/totals.sql'),
    });
    expect(config.jobs.daily?.policy.calendar).toBe('none');
  });

  test('in development has its schedules paused and its names marked, so that production is not touched', () => {
    expect(folder.load(bundle()).jobs.daily).toMatchObject({
      name: '[dev] daily',
      settings: { schedule: { pause_status: 'PAUSED' }, max_concurrent_runs: 8 },
    });
    const presets = MAIN.replace('default: true,', 'default: true, presets: { name_prefix: "[dev ada] " },');
    expect(folder.load(bundle({ 'databricks.yml': presets })).jobs.daily?.name).toBe('[dev ada] daily');
  });

  test('for another target has what that target says otherwise, tasks by their key', () => {
    const config = folder.load({ ...bundle(), env: { DATABRICKS_BUNDLE_TARGET: 'prod' } });
    expect(config.jobs.daily).toMatchObject({
      name: 'daily',
      settings: {
        max_concurrent_runs: 20,
        tags: { env: 'prod' },
        parameters: [{ name: 'position_date', default: 'eu' }],
      },
      policy: { headroom: 2, calendar: 'none' },
    });
    expect(config.jobs.daily?.settings?.schedule).not.toHaveProperty('pause_status');
    expect(taskOf(config, 'load')).toMatchObject({ timeout_seconds: 1800, notebook_task: expect.anything() });
    expect(taskOf(config, 'publish')).toMatchObject({
      notebook_task: { notebook_path: '/Workspace/Shared/sales/prod/files/extra/publish' },
    });
  });

  test('takes a variable from BUNDLE_VAR_, before the target and the default, and lets no difference show it', () => {
    const config = folder.load(bundle({}, { BUNDLE_VAR_region: 'mars-7' }));
    expect(config.jobs.daily?.settings?.parameters).toEqual([{ name: 'position_date', default: 'mars-7' }]);
    expect(config.jobs.daily?.confidential).toEqual(new Map([['mars-7', '${var.region}']]));
    expect(folder.load(bundle()).jobs.daily?.settings?.parameters).toMatchObject([{ default: 'us' }]);
  });

  test('needs no path of the workspace that it does not use', () => {
    const config = folder.load(
      bundle({
        'databricks.yml': MAIN.replace('/Shared/${bundle.name}', '/${workspace.current_user.userName}'),
        'resources/daily.yml': DAILY.replaceAll('../src', '/Shared/src'),
      }),
    );
    expect(taskOf(config, 'load')).toMatchObject({
      notebook_task: { notebook_path: '/Shared/src/load.sql' },
    });
  });

  test('has no target to choose where it has no targets, whatever the environment says for others', () => {
    const files = { 'backfill.yaml': 'resources: { jobs: { a: {} } }\n' };
    expect(Object.keys(folder.load({ files, env: { DATABRICKS_BUNDLE_TARGET: 'prod' } }).jobs)).toEqual([
      'a',
    ]);
  });
});

describe('a bad bundle is refused with the file and line, what was found and what was expected:', () => {
  test.each<[string, Given, name: string, found: string, expected: string]>([
    [
      'an unknown reference in an included file',
      bundle({ 'resources/daily.yml': DAILY.replace('${var.runs}', '${var.rnus}') }),
      'resources/daily.yml:5 resources.jobs.daily.max_concurrent_runs',
      '${var.rnus}',
      'Did you mean "var.runs"?',
    ],
    [
      'a variable without a value',
      bundle({ 'resources/daily.yml': DAILY.replace('${var.runs}', '${var.owner}') }),
      'resources/daily.yml:5',
      '${var.owner}',
      'BUNDLE_VAR_owner to be set',
    ],
    [
      'the user, who is not known here',
      bundle({
        'databricks.yml': MAIN.replace('/Shared/${bundle.name}', '/${workspace.current_user.userName}'),
      }),
      'databricks.yml:12 workspace.root_path',
      '${workspace.current_user.userName}',
      'a reference that this file resolves',
    ],
    [
      'a notebook outside',
      bundle({ 'resources/daily.yml': DAILY.replace('../src/load', '../../src/load') }),
      'resources/daily.yml:11',
      '../src/load.sql',
      'below the folder',
    ],
    [
      'an included file that is not there',
      bundle({ 'databricks.yml': MAIN.replace('our-keys.yml', 'my-keys.yml') }),
      'databricks.yml:3 include.1',
      '"my-keys.yml"',
      'a file that is there',
    ],
    [
      'broken YAML in an included file',
      bundle({ 'resources/more.yml': 'resources: [\n' }),
      'resources/more.yml:2',
      '',
      'valid YAML',
    ],
    [
      'a job in two files',
      bundle({ 'resources/zz.yml': '\nresources: { jobs: { daily: {} } }\n' }),
      'resources/zz.yml:2 resources.jobs.daily',
      'resources/daily.yml:4 has too',
      'a key of its own',
    ],
    [
      'an unknown target',
      bundle({}, { DATABRICKS_BUNDLE_TARGET: 'prd' }),
      'DATABRICKS_BUNDLE_TARGET',
      '"prd"',
      'one of dev, prod. Did you mean "prod"?',
    ],
    [
      'several targets and no default',
      bundle({ 'databricks.yml': MAIN.replace('default: true, ', '') }),
      'databricks.yml:13 targets',
      'dev, prod',
      '--target or DATABRICKS_BUNDLE_TARGET',
    ],
    [
      'a mapping within a text',
      bundle({ 'resources/daily.yml': DAILY.replace('"${var.region}"', '"a ${var.cluster}"') }),
      'resources.jobs.daily.parameters.0.default',
      '${var.cluster}',
      'can only stand alone',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
