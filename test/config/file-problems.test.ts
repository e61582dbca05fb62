import { ConfigFolder, type ProblemCase, yaml } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('a bad configuration file is refused with its name, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    ['broken YAML', yaml('backfill:\n  catalog: [\n'), 'backfill.yaml:3 column', '', 'valid YAML'],
    ['a key twice', yaml('backfill:\n  schema: a\n  schema: b\n'), 'backfill.yaml:3', 'unique', 'valid YAML'],
    ['a list as file', yaml('- a\n'), 'backfill.yaml:1 the file', 'a list', 'a mapping'],
    ['a section as text', yaml('backfill: yes\n'), 'backfill.yaml:1 backfill', '"yes"', 'a mapping'],
    [
      'our section misspelt',
      yaml('\nbackfil: {}\n'),
      'backfill.yaml:2 backfil',
      'nothing reads',
      'Did you mean "backfill"?',
    ],
    [
      'jobs misspelt',
      yaml('resources:\n  job: {}\n'),
      'backfill.yaml:2 resources.job',
      'nothing reads',
      'Did you mean "jobs"?',
    ],
    [
      'an unknown key',
      yaml('backfill:\n  catalogue: x\n'),
      'backfill.yaml:2 backfill.catalogue',
      'nothing reads',
      'Did you mean "catalog"?',
    ],
    [
      'an unknown key of the worker',
      yaml('backfill:\n  worker:\n    lock_duraton: 1s\n'),
      'backfill.yaml:3 backfill.worker.lock_duraton',
      'nothing reads',
      'Did you mean "lock_duration"?',
    ],
    [
      'an unknown key of a job',
      yaml('backfill:\n  jobs:\n    a:\n      head_room: 1\n'),
      'backfill.yaml:4 backfill.jobs.a.head_room',
      'nothing reads',
      'Did you mean "headroom"?',
    ],
    [
      'a date that does not exist',
      yaml('backfill:\n  calendar: { from: 2024-02-30 }\n'),
      'backfill.yaml:2 backfill.calendar.from',
      '"2024-02-30"',
      'a date that exists',
    ],
    [
      'an end before the start',
      yaml('backfill:\n  calendar: { to: 2019-12-31 }\n'),
      'backfill.calendar.from, backfill.calendar.to',
      '2020-01-01 to 2019-12-31',
      'not before',
    ],
    [
      'a layout',
      yaml('backfill: { layout: zorder }\n'),
      'backfill.layout',
      '"zorder"',
      '"partition", "cluster"',
    ],
    ['a number as catalog', yaml('backfill: { catalog: 7 }\n'), 'backfill.catalog', '7', 'a name of letters'],
    [
      'nothing as catalog',
      yaml('backfill:\n  catalog:\n'),
      'backfill.yaml:2 backfill.catalog',
      'nothing',
      'a name of letters',
    ],
    [
      'no retention',
      yaml('backfill: { retention_days: 0 }\n'),
      'backfill.retention_days',
      '0',
      'from 1 to 3650',
    ],
    [
      'a duration',
      yaml('backfill: { worker: { lock_duration: 10 seconds } }\n'),
      'backfill.worker.lock_duration',
      '"10 seconds"',
      'a duration such as 30s',
    ],
    [
      'a lock shorter than the check',
      yaml('backfill: { worker: { stalled_interval: 10s } }\n'),
      'backfill.worker.stalled_interval, backfill.worker.lock_duration',
      '10s and 6s',
      'below the lock_duration',
    ],
    [
      'a hand-over longer than the lock',
      yaml('backfill: { worker: { handover: 11s } }\n'),
      'backfill.worker.handover',
      '11s and 6s',
      'below the lock_duration',
    ],
    [
      'a date list with a typo',
      yaml('backfill: { calendars: { desk: { add: [2024-06-19, 19.6.2024] } } }\n'),
      'backfill.calendars.desk.add.1',
      '"19.6.2024"',
      'a date that exists',
    ],
    [
      'a weekend day',
      yaml('backfill: { calendars: { desk: { weekend: [fryday] } } }\n'),
      'backfill.calendars.desk.weekend.0',
      '"fryday"',
      'a day of the week',
    ],
    [
      'a country',
      yaml('backfill: { calendars: { desk: { country: XX } } }\n'),
      'backfill.calendars.desk',
      'XX',
      'a country or state that exists',
    ],
    [
      'a state alone',
      yaml('backfill: { calendars: { desk: { state: BY } } }\n'),
      'backfill.calendars.desk',
      'a state without its country',
      'country and state',
    ],
    [
      'the name none',
      yaml('backfill: { calendars: { none: {} } }\n'),
      'backfill.calendars.none',
      'the name "none"',
      'another name',
    ],
    [
      'a date both ways',
      yaml('backfill: { calendars: { d: { add: [2024-06-03], remove: [2024-06-03] } } }\n'),
      'backfill.calendars.d',
      '2024-06-03 under add',
      'one of them',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});

test('All problems of file, environment, flags and credentials come at once', () => {
  const lines = folder.problems({
    files: {
      'backfill.yaml': [
        'backfill:',
        '  catalog: "a b"',
        '  unheard_of: 1',
        '  worker: { handover: never, concurrency: 0 }',
        '  jobs: { a: { headroom: -1, calender: US } }',
        'resources:',
        '  jobs: { a: { max_concurrent_runs: many, tasks: none } }',
      ].join('\n'),
    },
    env: { BACKFILL_PORT: 'abc', BACKFILL_BIND: '0.0.0.0', DATABRICKS_HOST: 'h' },
    flags: { logLevel: 'loud' },
  });
  expect(lines.map((line) => line.split(': found ')[0])).toEqual([
    'BACKFILL_PORT',
    '--log-level',
    'DATABRICKS_TOKEN',
    'backfill.yaml:2 backfill.catalog',
    'backfill.yaml:4 backfill.worker.concurrency',
    'backfill.yaml:4 backfill.worker.handover',
    'backfill.yaml:5 backfill.jobs.a.headroom',
    'backfill.yaml:5 backfill.jobs.a.calender',
    'backfill.yaml:3 backfill.unheard_of',
    'backfill.yaml:7 resources.jobs.a.max_concurrent_runs',
    'backfill.yaml:7 resources.jobs.a.tasks',
    'BACKFILL_BIND, BACKFILL_API_TOKENS',
  ]);
});
