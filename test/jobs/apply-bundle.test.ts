// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own references are written so
import { configuredJobs } from '../../src/config/configured-jobs.ts';
import { applyJobs } from '../../src/jobs/apply-jobs.ts';
import { ConfigFolder } from '../config/config-folder.ts';
import { type ConnectedWorkspace, connectWorkspace } from '../tables/connected-workspace.ts';

const NOTEBOOK = '-- Databricks notebook source\nSELECT :position_date AS day\n';
const BUNDLE = {
  'databricks.yml': `
bundle: { name: sales }
include: [resources/*.yml]
variables: { limit: { default: 4 } }
workspace: { root_path: "/Shared/bundles/\${bundle.name}/\${bundle.target}" }
targets:
  dev: { mode: development, default: true }
  prod: { variables: { limit: 20 } }
`,
  'resources/daily.yml': `
resources:
  jobs:
    daily:
      max_concurrent_runs: \${var.limit}
      schedule: { quartz_cron_expression: 0 0 9 * * ?, timezone_id: UTC }
      parameters: [{ name: position_date, default: "" }]
      tasks:
        - task_key: load
          notebook_task: { notebook_path: ../src/load.sql, warehouse_id: local }
        - task_key: totals
          depends_on: [{ task_key: load }]
          sql_task: { warehouse_id: local, file: { path: ../src/totals.sql } }
`,
  'src/load.sql': NOTEBOOK,
  'src/totals.sql': 'SELECT 2 AS total;\n',
};

describe('jobs apply of a bundle', () => {
  let workspace: ConnectedWorkspace;
  let folder: ConfigFolder;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());
  beforeEach(() => {
    folder = new ConfigFolder();
  });
  afterEach(() => folder.remove());

  const apply = (target: string, files: Record<string, string> = BUNDLE) => {
    const env = { DATABRICKS_BUNDLE_TARGET: target };
    const config = folder.load({ files, configFile: 'databricks.yml', env });
    const definitions = configuredJobs(config, undefined);
    return applyJobs({ client: workspace.client, definitions, notebooksDir: folder.path });
  };

  it('makes a job for each target, with its files below the root path of the target', async () => {
    expect(await apply('dev')).toMatchObject([
      {
        name: '[dev] daily',
        action: 'created',
        notebooks: [
          { path: '/Shared/bundles/sales/dev/files/src/load', action: 'imported' },
          { path: '/Shared/bundles/sales/dev/files/src/totals.sql', action: 'imported' },
        ],
      },
    ]);
    const [prod] = await apply('prod');
    expect(prod).toMatchObject({ name: 'daily', action: 'created' });
    expect(await apply('dev')).toMatchObject([
      { action: 'unchanged', notebooks: [{ action: 'unchanged' }, { action: 'unchanged' }] },
    ]);
    const { settings } = await workspace.client.jobs.get(prod?.jobId ?? '');
    expect(settings.maxConcurrentRuns).toBe(20);
    const { files } = workspace.client;
    expect(await files.getStatus('/Shared/bundles/sales/prod/files/src/totals.sql')).toMatchObject({
      objectType: 'FILE',
    });
    expect(await files.exportNotebook('/Shared/bundles/sales/prod/files/src/load')).toBe(NOTEBOOK);
  });

  it('shows what the other files of the target changed', async () => {
    await apply('prod');
    const daily = BUNDLE['resources/daily.yml'].replace('0 0 9', '0 0 7');
    const [changed] = await apply('prod', { ...BUNDLE, 'resources/daily.yml': daily });
    expect(changed).toMatchObject({
      action: 'reset',
      differences: [
        { path: 'schedule.quartz_cron_expression', live: '"0 0 9 * * ?"', declared: '"0 0 7 * * ?"' },
      ],
    });
  });

  it('writes nothing when a notebook is not here, or is no source', async () => {
    const named = (path: string) => ({
      ...BUNDLE,
      'resources/daily.yml': BUNDLE['resources/daily.yml'].replace('load.sql', path),
    });
    const { requests: before } = await workspace.local.ledger();
    await expect(apply('prod', named('laod.sql'))).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('src/laod.sql'),
    });
    await expect(apply('prod', named('load.ipynb'))).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('Export it as a source file'),
    });
    expect((await workspace.local.ledger()).requests).toEqual(before);
  });
});
