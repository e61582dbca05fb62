import { SqlEngine, type SqlSession } from '../../emulator/sql/engine.ts';
import { splitStatements } from '../../emulator/sql/syntax/split-statements.ts';
import { RETRY_ANALYTICS } from './retry-analytics-queries.ts';

/** The queries of the project's document, exactly as printed there. */
const MONITORING = `
-- Overall Status Summary
SELECT 
    status,
    COUNT(*) as count,
    MIN(position_date) as earliest_date,
    MAX(position_date) as latest_date
FROM demos.backfill_demo.backfill_log
GROUP BY status
ORDER BY status;

-- Recent Runs
SELECT 
    position_date,
    status,
    start_time,
    end_time,
    TIMESTAMPDIFF(SECOND, start_time, end_time) as duration_seconds,
    error_message
FROM demos.backfill_demo.backfill_log
ORDER BY start_time DESC
LIMIT 20;

-- Failed Runs (for retry)
SELECT position_date, error_message
FROM demos.backfill_demo.backfill_log
WHERE status = 'FAILED'
ORDER BY position_date;

-- Business Day Coverage
SELECT 
    c.calendar_date,
    CASE WHEN bl.position_date IS NOT NULL THEN 'Processed' ELSE 'Missing' END as status
FROM demos.backfill_demo.calendar c
LEFT JOIN (
    SELECT DISTINCT position_date 
    FROM demos.backfill_demo.backfill_log 
    WHERE status = 'SUCCESS'
) bl ON c.calendar_date = bl.position_date
WHERE c.us_business_or_holiday_flag = 'B'
  AND c.calendar_date BETWEEN '2024-01-01' AND '2024-12-31'
ORDER BY c.calendar_date;
`;
const FAILED_JOBS = `
    SELECT position_date, job_name, job_id, run_id, error_message
    FROM demos.backfill_demo.backfill_log
    WHERE status = 'FAILED'
      AND retry_metadata IS NULL  -- Only original failures
      AND position_date >= CURRENT_DATE - INTERVAL '1' DAYS
    LIMIT 10
`;
const FAILED_DATES = `
    SELECT DISTINCT position_date
    FROM demos.backfill_demo.backfill_log
    WHERE status = 'FAILED'
      AND retry_metadata IS NULL  -- Only original failures
    ORDER BY position_date
`;

const TABLES = `
CREATE CATALOG IF NOT EXISTS demos;
CREATE SCHEMA IF NOT EXISTS demos.backfill_demo;
CREATE TABLE IF NOT EXISTS demos.backfill_demo.calendar (
  calendar_date DATE NOT NULL, calendar_year INT, quarter_of_the_year INT, month_of_the_year INT, week_of_the_month INT,
  us_business_or_holiday_flag STRING COMMENT 'B or H; never both', global_business_or_holiday_flag STRING
) USING DELTA COMMENT 'Business days';
INSERT INTO demos.backfill_demo.calendar
SELECT d, year(d), quarter(d), month(d), CAST(ceil(day(d) / 7) AS INT),
  if(dayofweek(d) IN (1, 7), 'H', 'B'), if(dayofweek(d) IN (1, 7), 'H', 'B')
FROM (SELECT explode(sequence(DATE'2024-01-01', DATE'2024-12-31', INTERVAL 1 DAY)) AS d);
CREATE TABLE IF NOT EXISTS demos.backfill_demo.backfill_log (
  run_id STRING NOT NULL, position_date DATE, job_name STRING, job_id STRING, status STRING, start_time TIMESTAMP,
  end_time TIMESTAMP, backfill_job_id STRING, error_message STRING, creator_user_name STRING, run_page_url STRING,
  retry_metadata STRING, backfill_id STRING, attempt INT, position_end_date DATE
) USING DELTA CLUSTER BY (position_date) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true');
INSERT INTO demos.backfill_demo.backfill_log (run_id, position_date, status, start_time, end_time, error_message, retry_metadata) VALUES
  ('b_1_1', DATE'2024-06-03', 'SUCCESS', '2024-06-03 10:00:00', '2024-06-03 10:01:30', NULL, NULL),
  ('b_2_1', DATE'2024-06-04', 'FAILED', '2024-06-04 10:00:00', '2024-06-04 10:00:10', 'platform/CLUSTER_ERROR: lost', NULL),
  ('b_2_2', DATE'2024-06-04', 'SUCCESS', '2024-06-04 11:00:00', '2024-06-04 11:00:20', NULL, '{"is_retry":true,"retry_count":1}'),
  ('b_3_1', DATE'2024-06-05', 'FAILED', '2024-06-05 10:00:00', NULL, 'user/RUN_EXECUTION_ERROR: no rows', NULL),
  ('b_3_2', DATE'2024-06-05', 'FAILED', '2024-06-05 11:00:00', NULL, 'user/RUN_EXECUTION_ERROR: no rows', '{"is_retry":true,"retry_count":1}'),
  ('b_4_0', DATE'2024-06-08', 'SKIPPED', '2024-06-08 10:00:00', NULL, NULL, NULL);
`;

describe("the document's own queries", () => {
  let engine: SqlEngine;
  let session: SqlSession;

  beforeAll(async () => {
    engine = await SqlEngine.open({ dataDir: null });
    session = await engine.session();
    for (const statement of splitStatements(TABLES)) await session.execute(statement);
  });

  afterAll(() => engine.close());

  const run = async (script: string) => {
    const results: unknown[][][] = [];
    for (const statement of splitStatements(script)) results.push((await session.execute(statement)).rows);
    return results;
  };

  it('sum up, list recent and failed runs, and show the coverage', async () => {
    const [summary, recent, failed, coverage] = await run(MONITORING);
    expect(summary).toEqual([
      ['FAILED', 3, '2024-06-04', '2024-06-05'],
      ['SKIPPED', 1, '2024-06-08', '2024-06-08'],
      ['SUCCESS', 2, '2024-06-03', '2024-06-04'],
    ]);
    expect(recent?.map((row) => row[4])).toEqual([null, null, null, 20, 10, 90]);
    expect(failed).toHaveLength(3);
    expect(coverage).toHaveLength(262);
    expect(coverage?.filter((row) => row[1] === 'Processed')).toEqual([
      ['2024-06-03', 'Processed'],
      ['2024-06-04', 'Processed'],
    ]);
  });

  it('tell how retries went', async () => {
    const [recovered, rates] = await run(RETRY_ANALYTICS);
    expect(recovered).toEqual([['2024-06-04', 2, 1, '2024-06-04 10:00:00', '2024-06-04 11:00:00']]);
    expect(rates).toEqual([['1', 2, 1, 50]]);
    const { columns } = await session.execute(splitStatements(RETRY_ANALYTICS)[1] ?? '');
    expect(columns.map((column) => column.name)).toEqual([
      'retry_attempt',
      'total_retries',
      'successful',
      'success_rate_pct',
    ]);
  });

  it('find the failures to retry', async () => {
    expect(await run(FAILED_DATES)).toEqual([[['2024-06-04'], ['2024-06-05']]]);
    expect((await session.execute(FAILED_JOBS)).rows).toEqual([]);
  });
});
