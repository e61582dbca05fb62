import { ConfigFolder, type Given, type ProblemCase, yaml } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const QUALITY = 'backfill.jobs.load.quality';

function quality(text: string): Given {
  return yaml(`backfill:\n  jobs:\n    load:\n      quality: { ${text} }\n`);
}

test('the quality of a job has defaults for all that it does not say', () => {
  const { jobs } = folder.load(
    quality('row_count: true, columns: { id: BIGINT }, rules: { none_negative: SELECT 1 FROM t }'),
  );
  expect(jobs.load?.policy.quality).toEqual({
    source_table: null,
    destination_table: null,
    date_column: 'position_date',
    row_count: true,
    minimum_rows: null,
    columns: { id: 'BIGINT' },
    rules: { none_negative: 'SELECT 1 FROM t' },
  });
});

describe('bad quality of a job is refused with its name, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    ['a table', quality('source_table: a b'), `${QUALITY}.source_table`, '"a b"', 'the name of a table'],
    [
      'four parts',
      quality('destination_table: a.b.c.d'),
      `${QUALITY}.destination_table`,
      '"a.b.c.d"',
      'table',
    ],
    ['no row', quality('minimum_rows: 0'), `${QUALITY}.minimum_rows`, '0', 'from 1'],
    ['columns', quality('columns: same'), `${QUALITY}.columns`, '"same"', '"unchanged" or a mapping'],
    ['a misspelt key', quality('row_counts: true'), `${QUALITY}.row_counts`, 'nothing reads', '"row_count"'],
    [
      'a rule that writes',
      quality('rules: { tidy: DELETE FROM t }'),
      `${QUALITY}.rules.tidy`,
      '"DELETE FROM t"',
      'begins with SELECT',
    ],
    [
      'a rule of two statements',
      quality('rules: { two: "SELECT 1; SELECT 2" }'),
      `${QUALITY}.rules.two`,
      'SELECT 2',
      'one statement',
    ],
    [
      'a parameter that no run has',
      quality('rules: { dated: "SELECT 1 WHERE d = :day" }'),
      `${QUALITY}.rules.dated`,
      ':day',
      'no parameter but :position_date',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
