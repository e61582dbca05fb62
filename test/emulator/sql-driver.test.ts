import { DBSQLParameter, DBSQLParameterType } from '@databricks/sql';
import { run, SqlWarehouse } from './sql-warehouse.ts';

describe('the SQL endpoint, through the Databricks driver', () => {
  let warehouse: SqlWarehouse;

  beforeEach(async () => {
    warehouse = await SqlWarehouse.start();
    const session = await warehouse.session();
    await run(session, 'CREATE CATALOG demos');
    await run(session, 'CREATE SCHEMA demos.lab');
  });

  afterEach(() => warehouse.stop());

  it('creates a table, fills it and reads it back with every type', async () => {
    const session = await warehouse.session({ initialCatalog: 'demos', initialSchema: 'lab' });
    await run(
      session,
      `CREATE TABLE IF NOT EXISTS things (s STRING COMMENT 'text', i INT, b BIGINT, d DOUBLE, day DATE, at TIMESTAMP, ok BOOLEAN, m DECIMAL(10,2))
       USING DELTA PARTITIONED BY (day) TBLPROPERTIES ('delta.appendOnly' = 'false')`,
    );
    await run(
      session,
      "INSERT INTO things VALUES ('a', 1, 9007199254740991, 0.5, '2024-02-29', '2024-02-29 12:30:00.250', true, 12.34), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    );
    expect(await run(session, 'SELECT * FROM demos.lab.things ORDER BY s NULLS LAST')).toEqual([
      {
        s: 'a',
        i: 1,
        b: 9007199254740991,
        d: 0.5,
        day: '2024-02-29',
        at: '2024-02-29 12:30:00.25',
        ok: true,
        m: 12.34,
      },
      { s: null, i: null, b: null, d: null, day: null, at: null, ok: null, m: null },
    ]);
  });

  it('reads a TIMESTAMP and a DATE as text and arrays as values', async () => {
    const session = await warehouse.session();
    expect(
      await run(session, "SELECT array(1, 2) AS a, named_struct('x', 1) AS s, DATE'2024-01-01' AS d"),
    ).toEqual([{ a: [1, 2], s: { x: 1 }, d: '2024-01-01' }]);
  });

  it('binds named parameters of each type the driver sends', async () => {
    const session = await warehouse.session();
    const operation = await session.executeStatement(
      'SELECT :text AS text, :whole AS whole, :large AS large, :half AS half, :yes AS yes, :none AS none, :day AS day, :at AS at',
      {
        namedParameters: {
          text: "it's \\ ok",
          whole: 7,
          large: 2n ** 40n,
          half: 0.5,
          yes: true,
          none: null,
          day: new DBSQLParameter({ type: DBSQLParameterType.DATE, value: '2024-06-03' }),
          at: new Date('2024-06-03T10:11:12.345Z'),
        },
      },
    );
    expect(await operation.fetchAll()).toEqual([
      {
        text: "it's \\ ok",
        whole: 7,
        large: 2 ** 40,
        half: 0.5,
        yes: true,
        none: null,
        day: '2024-06-03',
        at: '2024-06-03 10:11:12.345',
      },
    ]);
  });

  it('binds positional parameters', async () => {
    const session = await warehouse.session();
    const operation = await session.executeStatement('SELECT ? AS a, ? AS b', {
      ordinalParameters: ['x', 2],
    });
    expect(await operation.fetchAll()).toEqual([{ a: 'x', b: 2 }]);
  });

  it('refuses 257 parameters with 400, as a warehouse does', async () => {
    const session = await warehouse.session();
    const namedParameters = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`p${i}`, i]));
    await expect(session.executeStatement('SELECT 1', { namedParameters })).rejects.toMatchObject({
      statusCode: 400,
    });
    delete namedParameters.p256;
    await expect(run(session, 'SELECT 1 AS one', namedParameters)).resolves.toEqual([{ one: 1 }]);
  });

  it('answers DML with a row of counts and the number of modified rows', async () => {
    const session = await warehouse.session({ initialCatalog: 'demos', initialSchema: 'lab' });
    await run(session, 'CREATE TABLE t (a INT)');
    const operation = await session.executeStatement('INSERT INTO t VALUES (1), (2)');
    expect(await operation.fetchAll()).toEqual([{ num_affected_rows: 2, num_inserted_rows: 2 }]);
    expect(Number((await operation.status()).numModifiedRows)).toBe(2);
    expect(await run(session, 'DELETE FROM t WHERE a = 1')).toEqual([{ num_affected_rows: 1 }]);
    expect(await run(session, 'DROP TABLE t')).toEqual([]);
  });

  it.each([
    ['SELECT * FROM demos.lab.nothing', 'TABLE_OR_VIEW_NOT_FOUND', '42P01', '`demos`.`lab`.`nothing`'],
    ['SELECT nothing FROM (SELECT 1 AS one)', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '42703', '`nothing`'],
    ['SELEC 1', 'PARSE_SYNTAX_ERROR', '42601', "'SELEC'"],
    ['SELECT :missing', 'UNBOUND_SQL_PARAMETER', '42P02', 'missing'],
    ["SELECT raise_error('no rows today')", 'USER_RAISED_EXCEPTION', 'P0001', 'no rows today'],
    ['SELECT no_such_function(1)', 'UNRESOLVED_ROUTINE', '42883', '`no_such_function`'],
    ['CREATE TABLE demos.nowhere.t (a INT)', 'SCHEMA_NOT_FOUND', '42704', '`demos`.`nowhere`'],
  ])('fails %s as a warehouse does', async (sql, errorClass, sqlState, detail) => {
    const session = await warehouse.session();
    const failure = await run(session, sql).catch((error: unknown) => error);
    const { message, errorCode, response } = failure as Error & { errorCode: string; response: object };
    expect(errorCode).toBe('ERROR');
    expect(message).toMatch(
      new RegExp(`^\\[${errorClass.replace('.', '\\.')}\\] [^]* SQLSTATE: ${sqlState}$`),
    );
    expect(message).toContain(detail);
    expect(response).toMatchObject({ sqlState });
  });

  it('tells a client whose session expired that its handle is invalid', async () => {
    const session = await warehouse.session();
    await run(session, 'SELECT 1');
    await warehouse.endpoint.expireSessions();
    await expect(run(session, 'SELECT 1')).rejects.toMatchObject({
      name: 'Status Error',
      message: expect.stringMatching(/Invalid SessionHandle: SessionHandle \[[0-9a-f-]{36}\]/),
    });
    const fresh = await warehouse.session();
    await expect(run(fresh, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('refuses a session in a catalog that does not exist', async () => {
    await expect(warehouse.session({ initialCatalog: 'nowhere' })).rejects.toMatchObject({
      message: expect.stringContaining('NO_SUCH_CATALOG_EXCEPTION'),
    });
  });

  it('sends a result of several pages whole', async () => {
    const session = await warehouse.session();
    const operation = await session.executeStatement('SELECT id FROM range(1000)', { maxRows: 300 });
    const rows = (await operation.fetchAll({ maxRows: 250 })) as { id: number }[];
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('works without direct results too', async () => {
    const session = await warehouse.session();
    const operation = await session.executeStatement('SELECT id FROM range(3)', { maxRows: null });
    await operation.finished();
    expect(await operation.fetchAll()).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }]);
    await operation.close();
  });

  it('cancels a statement that runs', async () => {
    const session = await warehouse.session();
    const operation = await session.executeStatement(
      'SELECT count(*) FROM range(1000000000) a CROSS JOIN range(1000) b WHERE a.id + b.id < 0',
      { maxRows: null },
    );
    await operation.cancel();
    await expect(operation.finished()).rejects.toMatchObject({ errorCode: 'CANCELED' });
    await expect(run(session, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('keeps the current schema per session', async () => {
    const [here, there] = [await warehouse.session(), await warehouse.session()];
    await run(here, 'USE demos.lab');
    expect(await run(here, 'SELECT current_catalog() AS c, current_schema() AS s')).toEqual([
      { c: 'demos', s: 'lab' },
    ]);
    expect(await run(there, 'SELECT current_catalog() AS c, current_schema() AS s')).toEqual([
      { c: 'main', s: 'default' },
    ]);
  });
});
