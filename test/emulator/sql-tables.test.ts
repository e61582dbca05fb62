import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlEngine, type SqlSession } from '../../emulator/sql/engine.ts';

async function openLab(engine: SqlEngine): Promise<SqlSession> {
  const session = await engine.session();
  await session.execute('CREATE CATALOG IF NOT EXISTS demos');
  await session.execute('CREATE SCHEMA IF NOT EXISTS demos.lab');
  return engine.session({ catalog: 'demos', schema: 'lab' });
}

describe('tables in the emulated warehouse', () => {
  let engine: SqlEngine;
  let session: SqlSession;

  const rows = async (sql: string) => (await session.execute(sql)).rows;

  beforeEach(async () => {
    engine = await SqlEngine.open({ dataDir: null });
    session = await openLab(engine);
    await session.execute('CREATE TABLE t (day DATE, id INT) PARTITIONED BY (day)');
    await session.execute("INSERT INTO t VALUES ('2024-06-03', 1), ('2024-06-03', 2), ('2024-06-04', 3)");
  });

  afterEach(() => engine.close());

  describe('REPLACE WHERE', () => {
    it('replaces exactly the rows of the condition and may read the table it writes', async () => {
      const result = await session.execute(
        "INSERT INTO t REPLACE WHERE day = '2024-06-03' SELECT day, id + 10 FROM t WHERE day = '2024-06-03' AND id = 2",
      );
      expect(result).toMatchObject({ affectedRows: 1, rows: [[1, 1]] });
      expect(await rows('SELECT * FROM t ORDER BY id')).toEqual([
        ['2024-06-04', 3],
        ['2024-06-03', 12],
      ]);
    });

    it('deletes the matching rows where the query is empty', async () => {
      await session.execute("INSERT INTO t REPLACE WHERE day = '2024-06-03' SELECT * FROM t WHERE id > 99");
      expect(await rows('SELECT * FROM t')).toEqual([['2024-06-04', 3]]);
    });

    it('takes columns by name and VALUES', async () => {
      await session.execute(
        "INSERT INTO t (id, day) REPLACE WHERE day = '2024-06-04' VALUES (7, '2024-06-04')",
      );
      expect(await rows("SELECT id FROM t WHERE day = '2024-06-04'")).toEqual([[7]]);
    });

    it('changes nothing where a new row does not satisfy the condition', async () => {
      await expect(
        session.execute("INSERT INTO t REPLACE WHERE day = '2024-06-03' SELECT * FROM t"),
      ).rejects.toMatchObject({ errorClass: 'DELTA_REPLACE_WHERE_MISMATCH' });
      expect(await rows('SELECT count(*) FROM t')).toEqual([[3]]);
    });

    it('changes nothing where the query fails half-way', async () => {
      await expect(
        session.execute("INSERT INTO t REPLACE WHERE day = '2024-06-03' SELECT day, 1 / (id - 2) FROM t"),
      ).rejects.toMatchObject({ errorClass: 'DIVIDE_BY_ZERO' });
      expect(await rows('SELECT count(*) FROM t')).toEqual([[3]]);
    });

    it('lets 20 sessions replace 20 dates at the same time', async () => {
      const days = Array.from({ length: 20 }, (_, i) => `2024-07-${String(i + 1).padStart(2, '0')}`);
      await Promise.all(
        days.map(async (day) => {
          const own = await engine.session({ catalog: 'demos', schema: 'lab' });
          await own.execute(
            'INSERT INTO t REPLACE WHERE day = :day SELECT CAST(:day AS DATE), id FROM range(10)',
            {
              day: { type: 'STRING', value: day },
            },
          );
          await own.close();
        }),
      );
      expect(await rows("SELECT count(*), count(DISTINCT day) FROM t WHERE day >= '2024-07-01'")).toEqual([
        [200, 20],
      ]);
    });
  });

  it('overwrites a table with a query that reads it', async () => {
    await session.execute('INSERT OVERWRITE t SELECT * FROM t WHERE id = 1');
    expect(await rows('SELECT id FROM t')).toEqual([[1]]);
  });

  it('updates, deletes and truncates', async () => {
    expect(await rows('UPDATE t SET id = id + 1 WHERE id > 1')).toEqual([[2]]);
    expect(await rows("DELETE FROM t AS x WHERE x.day = '2024-06-04'")).toEqual([[1]]);
    expect(await rows('SELECT id FROM t ORDER BY id')).toEqual([[1], [3]]);
    await session.execute('TRUNCATE TABLE t');
    expect(await rows('SELECT count(*) FROM t')).toEqual([[0]]);
  });

  describe('MERGE', () => {
    it('updates, deletes and inserts, and counts each', async () => {
      const result = await session.execute(
        `MERGE INTO t AS target
         USING (SELECT * FROM inline(from_json(:batch, 'array<struct<day:date,id:int,gone:boolean>>'))) AS s
         ON target.id = s.id
         WHEN MATCHED AND s.gone THEN DELETE
         WHEN MATCHED THEN UPDATE SET target.day = CASE WHEN s.day IS NULL THEN target.day ELSE s.day END
         WHEN NOT MATCHED THEN INSERT (id, day) VALUES (s.id, s.day)`,
        {
          batch: {
            type: 'STRING',
            value: '[{"id":1,"gone":true},{"id":2,"day":"2024-01-01"},{"id":9,"day":"2024-02-02"}]',
          },
        },
      );
      expect(result.columns.map((column) => column.name)).toEqual([
        'num_affected_rows',
        'num_updated_rows',
        'num_deleted_rows',
        'num_inserted_rows',
      ]);
      expect(result.rows).toEqual([[3, 1, 1, 1]]);
      expect(await rows('SELECT id, day FROM t ORDER BY id')).toEqual([
        [2, '2024-01-01'],
        [3, '2024-06-04'],
        [9, '2024-02-02'],
      ]);
    });

    it('takes UPDATE SET * and INSERT * from a table', async () => {
      await session.execute('CREATE TABLE s AS SELECT * FROM t WHERE id = 1');
      await session.execute('INSERT INTO s SELECT day, 50 FROM t WHERE id = 2');
      await session.execute(
        'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *',
      );
      expect(await rows('SELECT id FROM t ORDER BY id')).toEqual([[1], [2], [3], [50]]);
    });

    it('refuses two source rows for one target row, and changes nothing', async () => {
      const merge = (clause: string) =>
        session.execute(`MERGE INTO t USING (SELECT 1 AS id UNION ALL SELECT 1) s ON t.id = s.id ${clause}`);
      await expect(merge('WHEN MATCHED THEN UPDATE SET id = 5')).rejects.toMatchObject({
        errorClass: 'DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE',
        sqlState: '21506',
      });
      expect(await rows('SELECT id FROM t ORDER BY id')).toEqual([[1], [2], [3]]);
      await merge('WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)');
    });
  });

  describe('definitions', () => {
    it('creates once, replaces when told, and says when a table exists', async () => {
      await session.execute('CREATE TABLE IF NOT EXISTS t (other INT)');
      expect(await rows('SHOW COLUMNS IN t')).toEqual([['day'], ['id']]);
      await expect(session.execute('CREATE TABLE t (a INT)')).rejects.toMatchObject({
        errorClass: 'TABLE_OR_VIEW_ALREADY_EXISTS',
        sqlState: '42P07',
      });
      await session.execute('CREATE OR REPLACE TABLE t AS SELECT day, sum(id) AS total FROM t GROUP BY day');
      expect(await rows('SELECT total FROM t ORDER BY day')).toEqual([[3], [3]]);
    });

    it('adds columns, and fails for one that is there', async () => {
      await session.execute("ALTER TABLE t ADD COLUMNS (note STRING COMMENT 'why', attempt INT)");
      await expect(session.execute('ALTER TABLE t ADD COLUMN (NOTE STRING)')).rejects.toMatchObject({
        errorClass: 'FIELDS_ALREADY_EXISTS',
        sqlState: '42710',
      });
      expect(await rows('DESCRIBE TABLE t')).toEqual([
        ['day', 'date', null],
        ['id', 'int', null],
        ['note', 'string', 'why'],
        ['attempt', 'int', null],
        ['# Partition Information', '', ''],
        ['# col_name', 'data_type', 'comment'],
        ['day', 'date', null],
      ]);
    });

    it('keeps the columns that were added when a statement fails half-way out', async () => {
      await expect(session.execute('ALTER TABLE t ADD COLUMNS (fresh INT, id INT)')).rejects.toThrow();
      expect(await rows('SHOW COLUMNS IN t')).toEqual([['day'], ['id']]);
    });

    it('refuses NULL in a NOT NULL column', async () => {
      await session.execute('CREATE TABLE strict (a INT NOT NULL)');
      await expect(session.execute('INSERT INTO strict VALUES (NULL)')).rejects.toMatchObject({
        errorClass: 'DELTA_NOT_NULL_CONSTRAINT_VIOLATED',
      });
    });

    it('lists what there is', async () => {
      expect(await rows('SHOW TABLES IN demos.lab')).toEqual([['lab', 't', false]]);
      expect(
        await rows(
          "SELECT column_name, data_type FROM demos.information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position",
        ),
      ).toEqual([
        ['day', 'DATE'],
        ['id', 'INT'],
      ]);
      expect(await rows('SELECT table_schema, table_name FROM demos.information_schema.tables')).toEqual([
        ['lab', 't'],
      ]);
      expect(await rows('SHOW SCHEMAS IN demos')).toEqual([['default'], ['lab']]);
    });

    it('drops with and without tolerance', async () => {
      await session.execute('DROP TABLE t');
      await session.execute('DROP TABLE IF EXISTS t');
      await expect(session.execute('DROP TABLE t')).rejects.toMatchObject({
        errorClass: 'TABLE_OR_VIEW_NOT_FOUND',
        message: expect.stringContaining('`demos`.`lab`.`t`'),
      });
    });

    it('takes names in backquotes, in three parts and in any case', async () => {
      expect(await rows('SELECT DEMOS.lab.T.`id` FROM `demos`.`lab`.`T` WHERE t.id = 1')).toEqual([[1]]);
    });
  });

  it('lets a column hide a session variable of its name', async () => {
    await session.execute('DECLARE OR REPLACE VARIABLE id INT DEFAULT 42');
    await session.execute('DECLARE VARIABLE wanted DATE');
    await session.execute('SET VAR wanted = (SELECT max(day) FROM t)');
    expect(await rows('SELECT id FROM t WHERE day = wanted')).toEqual([[3]]);
    expect(await rows('SELECT id')).toEqual([[42]]);
    const other = await engine.session();
    await expect(other.execute('SELECT wanted')).rejects.toMatchObject({ sqlState: '42703' });
  });

  it('shows the jobs of the workspace in system.lakeflow.jobs', async () => {
    const job = {
      workspace_id: '1',
      job_id: '9007199254740993',
      name: '02_process_data',
      creator_id: '7',
      tags: { app_name: 'demo' },
      change_time: '2024-06-03T10:00:00Z',
      delete_time: null,
      run_as: 'me',
    };
    await engine.setSystemJobs([job, { ...job, change_time: '2024-06-03T11:00:00Z', name: 'renamed' }]);
    await engine.setSystemJobs([job, { ...job, change_time: '2024-06-03T11:00:00Z', name: 'renamed' }]);
    expect(
      await rows(
        `SELECT job_id, name, tags['app_name'], change_time FROM system.lakeflow.jobs
         QUALIFY row_number() OVER (PARTITION BY workspace_id, job_id ORDER BY change_time DESC) = 1 AND delete_time IS NULL`,
      ),
    ).toEqual([['9007199254740993', 'renamed', 'demo', '2024-06-03 11:00:00']]);
  });

  it('fails every nth of the writes that meet another write of the same table', async () => {
    engine.conflictingWrites = 2;
    const writes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => session.execute(`INSERT INTO t VALUES ('2024-06-05', ${i})`)),
    );
    const failures = writes.flatMap((write) => (write.status === 'rejected' ? [write.reason] : []));
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatchObject({
      errorClass: 'DELTA_CONCURRENT_APPEND',
      sqlState: '2D521',
      message: expect.stringMatching(/Please retry the operation\.$/),
    });
    await expect(session.execute("INSERT INTO t VALUES ('2024-06-05', 9)")).resolves.toMatchObject({
      affectedRows: 1,
    });
  });

  it('lets the list of jobs change while more statements write than there are connections', async () => {
    const insert = (i: number) => session.execute(`INSERT INTO t VALUES ('2024-06-05', ${i})`);
    const inserts = Array.from({ length: 20 }, (_, i) => insert(i));
    const changes = Array.from({ length: 3 }, () => engine.setSystemJobs([]));
    await Promise.all([...inserts, ...changes, ...Array.from({ length: 20 }, (_, i) => insert(i))]);
    expect(await rows("SELECT count(*) FROM t WHERE day = '2024-06-05'")).toEqual([[40]]);
  });

  it('keeps tables, comments and properties in its data directory', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'warehouse-'));
    try {
      const first = await SqlEngine.open({ dataDir });
      const writing = await openLab(first);
      await writing.execute("CREATE TABLE kept (a INT) COMMENT 'mine' TBLPROPERTIES ('k' = 'v')");
      await writing.execute('INSERT INTO kept VALUES (1)');
      await first.close();
      const second = await SqlEngine.open({ dataDir });
      const reading = await second.session({ catalog: 'demos', schema: 'lab' });
      expect((await reading.execute('SELECT a FROM kept')).rows).toEqual([[1]]);
      expect((await reading.execute('SHOW TBLPROPERTIES kept')).rows).toEqual([['k', 'v']]);
      await second.close();
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });
});
