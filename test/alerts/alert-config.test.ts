import { alertPolicyFor } from '../../src/config/alerts-config.ts';
import { describeConfig } from '../../src/config/setting-sources.ts';
import { ConfigFolder, type ProblemCase, yaml } from '../config/config-folder.ts';
import { runCommand } from '../harness/command.ts';
import { HttpReceiver } from '../harness/http-receiver.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const channels = (text: string) => yaml(`backfill: { alerts: { channels: { one: ${text} } } }\n`);

test('Channels come from the file, their secrets from the environment, and no description shows one', () => {
  const config = folder.load({
    ...yaml(
      [
        'backfill:',
        '  alerts:',
        '    failure_ratio: 0.2',
        '    channels:',
        `      team: { type: slack, url: "\${env.SLACK_URL}" }`,
        `      oncall: { type: pagerduty, routing_key: "\${env.PD_KEY}" }`,
        '  jobs:',
        '    nightly: { alerts: { channels: [oncall], events: [paused], stall_after: 5m } }',
      ].join('\n'),
    ),
    env: {
      SLACK_URL: 'https://hooks.example.com/hush',
      PD_KEY: 'hush',
      BACKFILL_URL: 'https://backfill.example.com/',
    },
  });
  expect(config.alerts.pageUrl).toBe('https://backfill.example.com');
  expect(config.alerts.channels).toMatchObject({
    team: { type: 'slack' },
    oncall: { type: 'pagerduty', url: 'https://events.pagerduty.com/v2/enqueue' },
  });
  expect(alertPolicyFor(config, { jobId: '1', name: 'nightly' })).toEqual({
    channels: ['oncall'],
    events: ['paused'],
    failureRatio: 0.2,
    stallAfterMs: 300_000,
  });
  expect(alertPolicyFor(config, { jobId: '2', name: 'other' })).toMatchObject({ channels: null });
  expect(JSON.stringify([config, describeConfig(config)])).not.toContain('hush');
});

test.each<ProblemCase>([
  [
    'a key that a channel lacks',
    channels('{ type: slack }'),
    'alerts.channels.one.url',
    'nothing',
    'keys url',
  ],
  [
    'a key that its type does not take',
    channels('{ type: pagerduty, routing_key: hush, smtp: "smtp://hush" }'),
    'alerts.channels.one.smtp',
    'does not take',
    'routing_key',
  ],
  ['a secret that is no URL', channels('{ type: slack, url: hush }'), 'one.url', 'not shown', 'a URL'],
  ['a channel without a type', channels('{ url: "https://hush" }'), 'one.type', 'nothing', 'slack'],
  ['an unknown type', channels('{ type: pager }'), 'one.type', 'not shown', '"slack"'],
  [
    'a channel that nobody defines',
    yaml('backfill: { jobs: { a: { alerts: { channels: [oncal] } } } }\n'),
    'backfill.jobs.a.alerts.channels',
    '"oncal"',
    'there is none',
  ],
  ['a ratio above 1', yaml('backfill: { alerts: { failure_ratio: 2 } }\n'), 'failure_ratio', '2', 'up to 1'],
  [
    'a table without its catalog',
    yaml('backfill: { jobs: { a: { lineage: { inputs: [sales] } } } }\n'),
    'lineage.inputs',
    '"sales"',
    'catalog.schema.table',
  ],
])(
  'A bad configuration of alerts or lineage is told with its key and without its secrets: %s',
  (...problem) => folder.expectProblem(problem),
);

test('"backfill alert test" says for each channel what became of its message', async () => {
  const receiver = await HttpReceiver.start();
  try {
    receiver.reply(404, 202);
    const section = {
      bad: { type: 'slack', url: `${receiver.url}/services/hush` },
      good: { type: 'webhook', url: `${receiver.url}/hook`, secret: 'hush' },
    };
    folder.load({
      files: { 'backfill.yaml': JSON.stringify({ backfill: { alerts: { channels: section } } }) },
    });
    const run = (...flags: string[]) => runCommand(['alert', 'test', ...flags], { cwd: folder.path });
    const all = await run();
    expect(all.exitCode).toBe(1);
    expect(all.stdout + all.stderr).toMatch(/failed {2}bad \(slack\): Slack answered HTTP 404/);
    expect(all.stdout + all.stderr).toContain('sent    good (webhook)');
    expect(all.stdout + all.stderr).not.toContain('hush');
    expect(receiver.requests.map(({ json }) => json.event ?? 'slack')).toEqual(['slack', 'test']);
    const one = await run('--channel', 'goood');
    expect([one.exitCode, one.stderr]).toEqual([2, expect.stringContaining('Use one of bad, good.')]);
  } finally {
    await receiver.close();
  }
});
