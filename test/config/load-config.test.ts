import { inspect } from 'node:util';
import { defaultPolicy, policyFor } from '../../src/config/job-policy.ts';
import { describeConfig } from '../../src/config/setting-sources.ts';
import { ConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('without any configuration', () => {
  test('everything has its default and no workspace is connected', () => {
    expect(folder.load()).toEqual({
      databricks: null,
      redis: { url: 'redis://127.0.0.1:6379', prefix: 'backfill' },
      tables: {
        catalog: 'demos',
        schema: 'backfill_demo',
        layout: 'partition',
        calendar: { from: '2020-01-01', to: '2026-12-31' },
      },
      web: { port: 3000, bind: '127.0.0.1', tokens: [], logCacheMs: 30_000 },
      access: {
        oidc: null,
        trustedProxy: null,
        sessionIdleMs: 28_800_000,
        sessionLifetimeMs: 86_400_000,
        requestsPerMinute: 6_000,
      },
      worker: {
        port: null,
        concurrency: 1000,
        lockDurationMs: 6_000,
        stalledIntervalMs: 2_000,
        feedIntervalMs: 2_000,
        limitIntervalMs: 5_000,
        watchPercent: 4,
        requestsPerSecond: 10,
        logFlushIntervalMs: 5_600,
        handoverMs: 3_000,
      },
      cli: { url: 'http://127.0.0.1:3000', token: null },
      logLevel: 'info',
      retentionDays: 30,
      retries: {
        schedules: {
          daily: {
            cron: '0 9 * * *',
            timezone: 'America/New_York',
            retryDaysBack: 1,
            maxRetries: 10,
            job: null,
            enabled: false,
          },
        },
      },
      alerts: {
        channels: {},
        pageUrl: 'http://127.0.0.1:3000',
        policy: {
          channels: null,
          events: ['ended', 'paused', 'stalled', 'failing'],
          failureRatio: 0.5,
          stallAfterMs: 900_000,
        },
      },
      telemetry: null,
      lineage: null,
      calendars: {},
      jobs: {},
    });
  });

  test('variables that are set to nothing count as not set', () => {
    const env = { BACKFILL_PORT: '', DATABRICKS_HOST: '', BACKFILL_CONFIG: '', BACKFILL_API_TOKENS: '' };
    expect(folder.load({ env })).toEqual(folder.load());
  });
});

describe('where a setting is given', () => {
  const files = { 'backfill.yaml': 'backfill:\n  catalog: from_file\n  web: { port: 1 }\n' };

  test('the environment stands above the file and a flag above both', () => {
    expect(folder.load({ files }).tables.catalog).toBe('from_file');
    const env = { BACKFILL_CATALOG: 'from_env', BACKFILL_PORT: '2' };
    expect(folder.load({ files, env }).tables.catalog).toBe('from_env');
    const both = folder.load({ files, env, flags: { catalog: 'from_flag' } });
    expect(both.tables.catalog).toBe('from_flag');
    expect(both.web.port).toBe(2);
  });

  test('the file is that of the flag, else of BACKFILL_CONFIG, else ./backfill.yaml', () => {
    const all = {
      ...files,
      'by-env.yaml': 'backfill: { catalog: by_env }',
      'sub/by-flag.yaml': 'backfill: { catalog: by_flag }',
    };
    const env = { BACKFILL_CONFIG: 'by-env.yaml' };
    expect(folder.load({ files: all, env }).tables.catalog).toBe('by_env');
    expect(folder.load({ files: all, env, configFile: 'sub/by-flag.yaml' }).tables.catalog).toBe('by_flag');
  });

  test('is told by the description, which shows no secret', () => {
    const config = folder.load({
      files,
      env: {
        BACKFILL_SCHEMA: 'from_env',
        BACKFILL_TOKEN: 'hush-1',
        REDIS_URL: 'redis://user:hush-2@redis:6379',
        BACKFILL_API_TOKENS: 'ann:viewer:hush-3',
        DATABRICKS_HOST: 'https://example.cloud.databricks.com',
        DATABRICKS_TOKEN: 'hush-4',
      },
      flags: { port: 8080 },
    });
    const settings = describeConfig(config);
    expect(settings).toEqual(
      expect.arrayContaining([
        { key: 'backfill.catalog', value: 'from_file', source: 'file' },
        { key: 'backfill.schema', value: 'from_env', source: 'environment' },
        { key: 'backfill.web.port', value: '8080', source: 'flag' },
        { key: 'backfill.worker.lock_duration', value: '6s', source: 'default' },
        { key: 'backfill.redis.url', value: 'redis://user:***@redis:6379', source: 'environment' },
        { key: 'BACKFILL_API_TOKENS', value: 'ann (viewer)', source: 'environment' },
      ]),
    );
    expect(JSON.stringify(settings)).not.toContain('hush');
    expect(
      JSON.stringify({ ...config, redis: null }) + inspect({ ...config, redis: null }, { depth: 9 }),
    ).not.toContain('hush');
  });
});

describe('the configuration', () => {
  test('cannot be changed, however deep', () => {
    const config = folder.load({
      files: { 'backfill.yaml': 'resources: { jobs: { a: { tasks: [{ task_key: t }] } } }' },
    });
    expect(() => Object.assign(config.web, { port: 1 })).toThrow(TypeError);
    const { settings } = config.jobs.a ?? {};
    expect(() => Object.assign(settings?.tasks ?? [], { length: 0 })).toThrow(TypeError);
    expect(() => Object.assign(config.jobs.a?.policy ?? {}, { headroom: 1 })).toThrow(TypeError);
  });

  test('reads durations as 500ms, 30s, 1.5m, 1h or seconds', () => {
    const worker =
      'lock_duration: 1.5m, stalled_interval: 500ms, feed_interval: 3, limit_interval: 1h, handover: "7"';
    expect(
      folder.load({ files: { 'backfill.yaml': `backfill: { worker: { ${worker} } }` } }).worker,
    ).toMatchObject({
      lockDurationMs: 90_000,
      stalledIntervalMs: 500,
      feedIntervalMs: 3_000,
      limitIntervalMs: 3_600_000,
      handoverMs: 7_000,
    });
  });

  test('reads how closely runs are watched and how much may be asked for, from file or environment', () => {
    const files = {
      'backfill.yaml': 'backfill: { worker: { watch_percent: 1.5, requests_per_second: 20 } }',
    };
    expect(folder.load({ files }).worker).toMatchObject({ watchPercent: 1.5, requestsPerSecond: 20 });
    const env = { BACKFILL_WATCH_PERCENT: '9', BACKFILL_REQUESTS_PER_SECOND: '5' };
    expect(folder.load({ files, env }).worker).toMatchObject({ watchPercent: 9, requestsPerSecond: 5 });
  });

  test('runs are watched closer by default the more may be asked for, within bounds', () => {
    const percentAt = (budget: string) =>
      folder.load({ env: { BACKFILL_REQUESTS_PER_SECOND: budget } }).worker.watchPercent;
    expect(['1', '5', '10', '30', '1000'].map(percentAt)).toEqual([20, 8, 4, 4 / 3, 0.5]);
  });

  test('reads the tokens of the API, colons in a token included', () => {
    const { tokens } = folder.load({
      env: { BACKFILL_API_TOKENS: 'ann:viewer:a:b, bob:operator:secret', BACKFILL_BIND: '0.0.0.0' },
    }).web;
    expect(tokens.map(({ name, role, token }) => [name, role, token.reveal()])).toEqual([
      ['ann', 'viewer', 'a:b'],
      ['bob', 'operator', 'secret'],
    ]);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])(
    'lets the web process bind %s without tokens',
    (bind) => {
      expect(folder.load({ env: { BACKFILL_BIND: bind } }).web.bind).toBe(bind);
    },
  );
});

describe('jobs', () => {
  const yaml = `
backfill:
  calendars:
    desk: { country: US, add: [2025-01-09], remove: [2024-10-14], weekend: [friday, saturday] }
  jobs:
    nightly:
      job_id: 9007199254740993123
      date_parameter: day
      date_format: yyyyMMdd
      end_date_parameter: last_day
      parameter_style: notebook_params
      parameters: { depth: 3, full: true, region: eu }
      calendar: desk
      granularity: 7 days from 2024-01-07
      headroom: 2
      max_attempts: 5
      retry_delay: 20m
      run_deadline: 2h
      success_with_failures: fail
    by_name: { name: Old job }
resources:
  jobs:
    nightly: { name: Nightly load, max_concurrent_runs: 4 }
`;

  test('have the policy of backfill.jobs beside the settings of resources.jobs', () => {
    const { jobs, calendars } = folder.load({ files: { 'backfill.yaml': yaml } });
    expect(calendars.desk).toEqual({
      country: 'US',
      state: null,
      region: null,
      weekend: [5, 6],
      add: ['2025-01-09'],
      remove: ['2024-10-14'],
    });
    expect(jobs).toEqual({
      nightly: {
        key: 'nightly',
        name: 'Nightly load',
        jobId: '9007199254740993123',
        settings: { name: 'Nightly load', max_concurrent_runs: 4 },
        policy: {
          dateFormat: 'yyyyMMdd',
          dateParameter: 'day',
          endDateParameter: 'last_day',
          parameterStyle: 'notebook_params',
          parameters: { depth: '3', full: 'true', region: 'eu' },
          calendar: 'desk',
          granularity: { unit: 'days', count: 7, from: '2024-01-07' },
          headroom: 2,
          maxAttempts: 5,
          retryDelayMs: 1_200_000,
          maxRetryDelayMs: 1_200_000,
          runDeadlineMs: 7_200_000,
          quality: null,
          successWithFailures: 'fail',
        },
      },
      by_name: { key: 'by_name', name: 'Old job', jobId: null, settings: null, policy: defaultPolicy },
    });
  });

  test('find their policy by id first, then by name, else the default one', () => {
    const config = folder.load({ files: { 'backfill.yaml': yaml } });
    const nightly = config.jobs.nightly?.policy;
    expect(policyFor(config, { jobId: '9007199254740993123', name: 'renamed since' })).toBe(nightly);
    expect(policyFor(config, { jobId: '1', name: 'Nightly load' })).toBe(defaultPolicy);
    expect(policyFor(config, { jobId: '1', name: 'Old job' })).toBe(config.jobs.by_name?.policy);
    expect(policyFor(config, { jobId: '1', name: 'unheard of' })).toBe(defaultPolicy);
  });
});
