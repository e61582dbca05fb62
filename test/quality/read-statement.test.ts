import { problemOfRule } from '../../src/quality/read-statement.ts';

test.each([
  'SELECT id FROM t WHERE position_date = :position_date',
  'with bad AS (SELECT 1) SELECT * FROM bad;',
  '-- negative values\nSELECT 1 FROM t WHERE value < 0 AND day BETWEEN :position_date AND :position_end_date',
  "(SELECT 'a;b :c' FROM t) UNION ALL (SELECT `d:e` FROM t) -- f; :g",
  'FROM t SELECT raw:items[0]:price::double AS price',
  'VALUES (1)',
])('%s is a rule', (sql) => {
  expect(problemOfRule(sql)).toBeNull();
});

test.each([
  ['DELETE FROM t', 'SELECT, WITH'],
  ['/* SELECT */ DROP TABLE t', 'SELECT, WITH'],
  ['', 'SELECT, WITH'],
  ['SELECT 1; DROP TABLE t', 'one statement'],
  ["SELECT 'it''s'; SELECT 2;", 'one statement'],
  ['SELECT 1 FROM t WHERE d = :date', ':position_date and :position_end_date, where it has :date'],
])('%s is none, and is told why', (sql, problem) => {
  expect(problemOfRule(sql)).toContain(problem);
});
