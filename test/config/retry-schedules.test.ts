import { ConfigFolder, type ProblemCase, yaml } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const schedule = (section: string) =>
  yaml(`backfill:\n  retries:\n    schedules:\n      nightly: ${section}\n`);
const KEY = 'backfill.yaml:4 backfill.retries.schedules.nightly';

describe('a schedule that cannot be is refused with its key, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    [
      'a minute too many',
      schedule('{ cron: "61 9 * * *" }'),
      `${KEY}.cron`,
      '"61 9 * * *"',
      'cron text of five',
    ],
    ['a field too few', schedule('{ cron: "0 9 * *" }'), `${KEY}.cron`, '"0 9 * *"', 'cron text of five'],
    ['a word', schedule('{ cron: daily }'), `${KEY}.cron`, '"daily"', 'cron text of five'],
    ['a day that never comes', schedule('{ cron: "0 9 31 2,4 *" }'), `${KEY}.cron`, '31 2,4', 'comes true'],
    ['no cron text', schedule('{ cron: }'), `${KEY}.cron`, 'nothing', 'cron text of five'],
    [
      'a time zone',
      schedule('{ timezone: Mars/Olympus }'),
      `${KEY}.timezone`,
      '"Mars/Olympus"',
      'a time zone',
    ],
    ['days in the future', schedule('{ retry_days_back: -1 }'), `${KEY}.retry_days_back`, '-1', 'from 0 to'],
    ['no retries', schedule('{ max_retries: 0 }'), `${KEY}.max_retries`, '0', 'from 1 to'],
    ['half enabled', schedule('{ enabled: perhaps }'), `${KEY}.enabled`, '"perhaps"', 'true or false'],
    ['a misspelt key', schedule('{ days_back: 2 }'), `${KEY}.days_back`, 'nothing reads', 'retry_days_back'],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});

const DAILY = {
  ...{ cron: '0 9 * * *', timezone: 'America/New_York', retryDaysBack: 1, maxRetries: 10 },
  ...{ job: null, enabled: false },
};

test('there is one schedule, each day at nine in New York, that is off until it is enabled', () => {
  expect(folder.load({}).retries.schedules).toEqual({ daily: DAILY });
  const enabled = yaml('backfill: { retries: { schedules: { daily: { enabled: true } } } }\n');
  expect(folder.load(enabled).retries.schedules).toEqual({
    daily: { ...DAILY, enabled: true },
  });
});

test('schedules have names, and each takes from the default what it does not say', () => {
  const named = schedule(
    '{ cron: "0  6 * * MON", timezone: UTC, retry_days_back: 7, max_retries: 50, job: nightly, enabled: true }',
  );
  expect(folder.load(named).retries.schedules).toEqual({
    daily: DAILY,
    nightly: {
      ...{ cron: '0 6 * * MON', timezone: 'UTC', retryDaysBack: 7, maxRetries: 50 },
      ...{ job: 'nightly', enabled: true },
    },
  });
});
