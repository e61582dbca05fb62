import { SqlEngine, type SqlSession } from '../../emulator/sql/engine.ts';

/** What a statement answers, by the rows it must give. Columns are unnamed here: the rows are lists. */
const CASES: [sql: string, rows: unknown[][]][] = [
  // literals and operators
  [String.raw`SELECT 'it''s', "dq", r'\d', 'a\'b', 'tab\t'`, [["it's", 'dq', '\\d', "a'b", 'tab\t']]],
  ["SELECT 'a -- b', 'c /* d */' -- comment\n /* and /* nested */ one */", [['a -- b', 'c /* d */']]],
  ['SELECT 1L, 2D, 0.5BD, -3', [[1, 2, '0.5', -3]]],
  ['SELECT 7 DIV 2, 7 / 2, 7 % 3, 1 == 1, NULL <=> NULL, !true', [[3, 3.5, 1, true, true, false]]],
  ["SELECT 'abc' RLIKE '^a', 'abc' NOT RLIKE 'z', 'abc' LIKE '%c'", [[true, true, true]]],
  [
    "SELECT 'a' || 1 || NULL, concat('a', 1), concat('a', NULL), concat_ws('-', 'a', NULL, 'b')",
    [[null, 'a1', null, 'a-b']],
  ],
  // casts
  [
    "SELECT CAST(1.9 AS INT), CAST(-1.9 AS BIGINT), '12'::int, try_cast('x' AS INT), CAST('1' AS DECIMAL(5,2))",
    [[1, -1, 12, null, '1.00']],
  ],
  [
    "SELECT CAST('2024-01-01T02:00:00+02:00' AS TIMESTAMP), TIMESTAMP'2024-01-01 10:00:00.5'",
    [['2024-01-01 00:00:00', '2024-01-01 10:00:00.5']],
  ],
  [
    "SELECT CAST(DATE'2024-01-05' AS STRING), CAST('2024-01-05' AS DATE) = DATE'2024-01-05'",
    [['2024-01-05', true]],
  ],
  // dates
  [
    "SELECT date_add(DATE'2024-02-28', 1), date_sub('2024-03-01', 1), date_add(MONTH, 1, DATE'2024-01-31'), dateadd(DAY, -1, DATE'2024-01-01')",
    [['2024-02-29', '2024-02-29', '2024-02-29', '2023-12-31']],
  ],
  [
    "SELECT DATE'2024-01-31' + INTERVAL 1 MONTH, DATE'2024-01-01' - INTERVAL '1' DAYS, DATE'2024-01-01' + INTERVAL 2 HOURS",
    [['2024-02-29', '2023-12-31', '2024-01-01 02:00:00']],
  ],
  ["SELECT CURRENT_DATE - INTERVAL '1' DAYS = date_sub(current_date(), 1)", [[true]]],
  [
    "SELECT datediff(DATE'2024-03-01', DATE'2024-02-01'), datediff(MONTH, DATE'2024-01-31', DATE'2024-02-28'), timestampdiff(SECOND, TIMESTAMP'2024-01-01 00:00:00', TIMESTAMP'2024-01-01 00:01:00.9')",
    [[29, 0, 60]],
  ],
  ["SELECT months_between('1997-02-28 10:30:00', '1996-10-30')", [[3.94959677]]],
  [
    "SELECT dayofweek(DATE'2024-06-02'), weekday(DATE'2024-06-02'), weekofyear(DATE'2024-06-02'), quarter(DATE'2024-06-02'), dayofyear(DATE'2024-06-02')",
    [[1, 6, 22, 2, 154]],
  ],
  [
    "SELECT date_trunc('MONTH', DATE'2024-06-17'), trunc(DATE'2024-06-17', 'MM'), last_day(DATE'2024-02-01')",
    [['2024-06-01 00:00:00', '2024-06-01', '2024-02-29']],
  ],
  [
    "SELECT to_date('2024-06-17'), to_date('17/06/2024', 'dd/MM/yyyy'), date_format(DATE'2024-06-03', \"EEEE, d MMM yyyy 'at' HH:mm\")",
    [['2024-06-17', '2024-06-17', 'Monday, 3 Jun 2024 at 00:00']],
  ],
  [
    "SELECT unix_date(DATE'1970-01-02'), extract(YEAR FROM DATE'2024-06-03'), month(DATE'2024-06-03'), day(DATE'2024-06-03')",
    [[1, 2024, 6, 3]],
  ],
  // conditions, numbers, hashes
  ["SELECT if(1 = 1, 'y', 'n'), iff(false, 1, 2), nvl(NULL, 3), coalesce(NULL, NULL, 4)", [['y', 2, 3, 4]]],
  [
    'SELECT abs(-2), round(2.5), round(1.005, 1), floor(-1.5), ceil(1.2), pmod(-7, 3), mod(-7, 3)',
    [[2, '3', '1.0', -2, 2, 2, -1]],
  ],
  // the values that Spark's own documentation gives
  ["SELECT hash('Spark', 123, 2), xxhash64('Spark', 123, 2)", [[-1321691492, 5602566077635097486n]]],
  ['SELECT hash(NULL), hash(1L) = hash(1)', [[42, false]]],
  // arrays, maps, structs, lambdas
  [
    "SELECT array(1, 2)[0], element_at(array(1, 2), 2), map('a', 1)['a'], size(array(1, 2, 3)), array_contains(array(1), 1)",
    [[1, 2, 1, 3, true]],
  ],
  [
    'SELECT transform(array(1, 2), x -> x + 1), filter(array(1, 2), x -> x > 1), exists(array(1), x -> x = 2)',
    [['[2,3]', '[2]', false]],
  ],
  ["SELECT s.a, to_json(s) FROM (SELECT named_struct('a', 1, 'b', 'x') AS s)", [[1, '{"a":1,"b":"x"}']]],
  ['SELECT sequence(1, 3), sequence(3, 1), sequence(1, 9, 4)', [['[1,2,3]', '[3,2,1]', '[1,5,9]']]],
  // rows from arrays
  [
    "SELECT explode(sequence(DATE'2024-01-31', DATE'2024-02-02', INTERVAL 1 DAY)) AS d",
    [['2024-01-31'], ['2024-02-01'], ['2024-02-02']],
  ],
  ['SELECT t.d FROM explode(sequence(1, 2)) AS t(d)', [[1], [2]]],
  [
    'SELECT a.x, v.y FROM (SELECT 1 AS x) a LATERAL VIEW explode(array(7, 8)) v AS y ORDER BY y',
    [
      [1, 7],
      [1, 8],
    ],
  ],
  [
    'SELECT a.x, v.y FROM (SELECT 1 AS x) a LATERAL VIEW OUTER explode(filter(array(7), n -> n > 9)) v AS y',
    [[1, null]],
  ],
  [
    'SELECT posexplode(array(5, 6))',
    [
      [0, 5],
      [1, 6],
    ],
  ],
  ["SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(x, y) WHERE x > 1", [[2, 'b']]],
  // JSON
  [
    `SELECT j:a.b, j:a.list[1]::int, j:missing, j:['odd key'], CAST(j:n AS INT), get_json_object(j, '$.a.b')
    FROM (SELECT '{"a":{"b":"hi","list":[1,2]},"odd key":"x","n":"12"}' AS j)`.replace(
      "j:['odd key']",
      'j:`odd key`',
    ),
    [['hi', 2, null, 'x', 12, 'hi']],
  ],
  ["SELECT 'no json':a", [[null]]],
  [
    `SELECT inline(from_json('[{"a":"x","b":1},{"a":"y"}]', 'array<struct<a:string,b:int>>'))`,
    [
      ['x', 1],
      ['y', null],
    ],
  ],
  [
    `SELECT r.t, r.d FROM inline(from_json('[{"t":"2024-01-01T10:00:00.5Z","d":"2024-01-02"}]', 'ARRAY<STRUCT<t: TIMESTAMP, d: DATE>>')) AS r`,
    [['2024-01-01 10:00:00.5', '2024-01-02']],
  ],
  [`SELECT from_json('{"a":1}', 'a INT, b STRING').a`, [[1]]],
  [
    `SELECT x.k, r.a FROM (SELECT 1 AS k, '[{"a":"p"},{"a":"q"}]' AS j) x, LATERAL inline(from_json(x.j, 'array<struct<a:string>>')) AS r ORDER BY 2`,
    [
      [1, 'p'],
      [1, 'q'],
    ],
  ],
  // aggregates and windows
  [
    "SELECT count_if(x > 1), max_by(y, x), min_by(y, x), collect_list(x), any_value(1), percentile_approx(x, 0.5) FROM VALUES (1, 'a'), (2, 'b'), (3, 'c') AS t(x, y)",
    [[2, 'c', 'a', '[1,2,3]', 1, 2]],
  ],
  [
    'SELECT x FROM VALUES (1), (2), (2) AS t(x) QUALIFY row_number() OVER (PARTITION BY x ORDER BY x) = 1 ORDER BY x DESC',
    [[2], [1]],
  ],
  ['SELECT x FROM VALUES (2), (NULL), (1) AS t(x) ORDER BY x', [[null], [1], [2]]],
  ['SELECT x FROM VALUES (2), (NULL), (1) AS t(x) ORDER BY x DESC', [[2], [1], [null]]],
  // queries
  [
    'WITH a AS (SELECT 1 AS x), b(y) AS (SELECT x + 1 FROM a) SELECT a.x, b.y FROM a JOIN b ON a.x < b.y',
    [[1, 2]],
  ],
  ['SELECT 1 UNION ALL (SELECT 2) EXCEPT SELECT 3 ORDER BY 1', [[1], [2]]],
  ['SELECT * EXCEPT (b) FROM (SELECT 1 AS a, 2 AS b)', [[1]]],
  ['SELECT a.x FROM VALUES (1), (2) AS a(x) LEFT ANTI JOIN VALUES (2) AS b(x) ON a.x = b.x', [[1]]],
  ['SELECT x IS DISTINCT FROM 1 FROM (SELECT 1 AS x)', [[false]]],
  [
    'SELECT (SELECT max(x) FROM VALUES (1), (5) AS t(x)), EXISTS (SELECT 1), 3 IN (SELECT 3)',
    [[5, true, true]],
  ],
  ["SELECT CASE WHEN 1 > 2 THEN 'a' ELSE CASE 1 WHEN 1 THEN 'b' END END", [['b']]],
];

describe('Databricks SQL on DuckDB', () => {
  let engine: SqlEngine;
  let session: SqlSession;

  beforeAll(async () => {
    engine = await SqlEngine.open({ dataDir: null });
    session = await engine.session();
  });

  afterAll(() => engine.close());

  it.each(CASES)('answers %s', async (sql, rows) => {
    expect((await session.execute(sql)).rows).toEqual(rows);
  });

  it.each([
    ['SELECT count(*), max(x) FROM (SELECT 1 AS x)', ['count(1)', 'max(x)']],
    [
      "SELECT j:a.b, x AS y, 1 + 1, current_date(), 'text' FROM (SELECT '{}' AS j, 1 AS x)",
      ['b', 'y', '(1 + 1)', 'current_date()', 'text'],
    ],
    ["SELECT CASE WHEN true THEN 'a' END status, explode(array(1))", ['status', 'col']],
  ])('names the columns of %s as a warehouse does', async (sql, names) => {
    expect((await session.execute(sql)).columns.map((column) => column.name)).toEqual(names);
  });

  it('gives one seed the same random numbers every time', async () => {
    const sql = 'SELECT rand(42) AS r FROM range(3)';
    const [first, second] = [await session.execute(sql), await session.execute(sql)];
    expect(first.rows).toEqual(second.rows);
    expect(new Set(first.rows.flat()).size).toBe(3);
    expect(first.rows.flat().every((r) => Number(r) >= 0 && Number(r) < 1)).toBe(true);
  });

  it.each([
    ['SELECT 1 ^ 2', 'the operator ^'],
    ['SELECT * FROM (SELECT 1) TABLESAMPLE (10 PERCENT)', 'TABLESAMPLE'],
    ['SELECT * FROM t VERSION AS OF 3', 'VERSION AS OF'],
    ["SELECT date_format(current_date(), 'QQQ')", 'QQQ'],
    ['CREATE FUNCTION f() RETURNS INT RETURN 1', 'CREATE FUNCTION'],
    ['DESCRIBE HISTORY t', 'DESCRIBE HISTORY'],
    ['CREATE TABLE t (a INT) USING CSV', 'USING CSV'],
  ])('says loudly that it does not translate %s', async (sql, construct) => {
    await expect(session.execute(sql)).rejects.toMatchObject({
      errorClass: 'EMULATOR_UNSUPPORTED',
      message: expect.stringContaining(construct),
    });
  });

  it.each([
    ['SELECT 1 / 0', 'DIVIDE_BY_ZERO', '22012'],
    ["SELECT CAST('abc' AS INT)", 'CAST_INVALID_INPUT', '22018'],
    ["SELECT assert_true(1 = 2, 'nothing to do')", 'USER_RAISED_EXCEPTION', 'P0001'],
    ['SELECT assert_true(1 = 2)', 'USER_RAISED_EXCEPTION', 'P0001'],
    ['SELECT 1; SELECT 2', 'PARSE_SYNTAX_ERROR', '42601'],
    ["SELECT 'open", 'PARSE_SYNTAX_ERROR', '42601'],
    ['SELECT (1', 'PARSE_SYNTAX_ERROR', '42601'],
    ['', 'PARSE_SYNTAX_ERROR', '42601'],
    ['SELECT upper(1, 2, 3), nvl(1)', 'WRONG_NUM_ARGS.WITHOUT_SUGGESTION', '42605'],
    ['SELECT x FROM (SELECT 1 AS x, 2 AS y) GROUP BY y', 'MISSING_AGGREGATION', '42803'],
  ])('fails %s with the class of a warehouse', async (sql, errorClass, sqlState) => {
    await expect(session.execute(sql)).rejects.toMatchObject({ name: 'SqlError', errorClass, sqlState });
  });

  it('keeps a parameter from being read as SQL', async () => {
    const value = "x' OR '1'='1";
    const { rows } = await session.execute('SELECT :v = :v, :v', { v: { type: 'STRING', value } });
    expect(rows).toEqual([[true, value]]);
  });

  it('tells a parameter from a path into JSON', async () => {
    const parameters = { n: { type: 'INTEGER', value: '2' } };
    const { rows } = await session.execute(
      `SELECT j:n, CASE WHEN :n = 2 THEN :n ELSE 0 END FROM (SELECT '{"n":"path"}' AS j) LIMIT :n`,
      parameters,
    );
    expect(rows).toEqual([['path', 2]]);
  });

  it('refuses an IDENTIFIER that is more than a name', async () => {
    const parameters = { t: { type: 'STRING', value: 'a; DROP TABLE b' } };
    await expect(session.execute('SELECT * FROM IDENTIFIER(:t)', parameters)).rejects.toMatchObject({
      errorClass: 'PARSE_SYNTAX_ERROR',
    });
  });
});
