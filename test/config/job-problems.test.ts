import { ConfigFolder, type Given, type ProblemCase, yaml } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

function job(text: string): Given {
  return yaml(`backfill:\n  jobs:\n    load: { ${text} }\n`);
}

describe('a bad policy of a job is refused with its name, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    ['a calendar of a job', job('calendar: US-YN'), 'backfill.jobs.load.calendar', '"US-YN"', 'Did you mean'],
    ['an unsafe id', job('job_id: 1.5'), 'backfill.jobs.load.job_id', '1.5', 'the digits of a Databricks id'],
    ['no window', job('granularity: 0 days'), 'backfill.jobs.load.granularity', '"0 days"', '1 to 366 days'],
    ['a year', job('granularity: year'), 'backfill.jobs.load.granularity', '"year"', '"week", "month"'],
    ['a bare number', job('granularity: 5'), 'backfill.jobs.load.granularity', '5', 'such as "5 days"'],
    [
      'windows from a day that is none',
      job('granularity: 7 days from 2024-02-30'),
      'backfill.jobs.load.granularity',
      '2024-02-30',
      '7 days from 2024-01-07',
    ],
    ['no attempt', job('max_attempts: 0'), 'backfill.jobs.load.max_attempts', '0', 'from 1 to 100'],
    ['a retry delay', job('retry_delay: soon'), 'backfill.jobs.load.retry_delay', '"soon"', 'a duration'],
    [
      'delays in the wrong order',
      job('retry_delay: 10m, max_retry_delay: 1m'),
      'backfill.jobs.load.max_retry_delay',
      '60000 ms',
      'at least retry_delay',
    ],
    [
      'one parameter for both dates',
      job('end_date_parameter: position_date'),
      'backfill.jobs.load.end_date_parameter',
      '"position_date"',
      'another name',
    ],
    [
      'a fixed date',
      job('parameters: { position_date: 2024-01-01 }'),
      'backfill.jobs.load.parameters',
      '"position_date"',
      'no value for a date',
    ],
    [
      'a list as parameter',
      job('parameters: { depth: [1] }'),
      'backfill.jobs.load.parameters.depth',
      'a list',
      'a text, a number',
    ],
    [
      'a parameter name',
      job('parameters: { "a b": 1 }'),
      'backfill.jobs.load.parameters.a b',
      '1',
      'a parameter name',
    ],
    [
      'a policy for a misspelt job',
      yaml('backfill: { jobs: { nightli: {} } }\nresources: { jobs: { nightly: {} } }\n'),
      'backfill.yaml:1 backfill.jobs.nightli',
      'does not have',
      'Did you mean "nightly"?',
    ],
    [
      'another name than the definition',
      yaml('backfill: { jobs: { a: { name: B } } }\nresources: { jobs: { a: { name: A } } }\n'),
      'backfill.jobs.a.name',
      '"B"',
      'has "A"',
    ],
    [
      'a headroom that leaves nothing',
      yaml(
        'backfill: { jobs: { a: { headroom: 4 } } }\nresources: { jobs: { a: { max_concurrent_runs: 4 } } }\n',
      ),
      'backfill.jobs.a.headroom',
      '4',
      'less than max_concurrent_runs',
    ],
    [
      'a name twice',
      yaml('resources:\n  jobs:\n    a: { name: A }\n    b: { name: A }\n'),
      'backfill.yaml:4 resources.jobs.b.name',
      'which the job a has too',
      'a name of its own',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
