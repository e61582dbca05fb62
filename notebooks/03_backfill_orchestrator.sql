-- Databricks notebook source
-- MAGIC %md
-- MAGIC # 03_backfill_orchestrator
-- MAGIC Starts nothing: runs are started, watched and logged by the workers (`backfill run`, POST /api/backfills). What
-- MAGIC is left for a job of the workspace is to say whether a range is complete: this notebook succeeds when every
-- MAGIC business day of the range has a success in the log, and else fails with the command that fills the gaps. A success
-- MAGIC that stands for a window (a week, a month, N days) counts for every day of it.
-- MAGIC
-- MAGIC Business days are those of the US calendar (`us_business_or_holiday_flag`), whatever calendar the job has in the
-- MAGIC configuration. `backfill coverage` asks by the job's own.
-- MAGIC
-- MAGIC | parameter | meaning |
-- MAGIC |---|---|
-- MAGIC | `start_date`, `end_date` | first and last date of the range, `YYYY-MM-DD` |
-- MAGIC | `job_name` | name of the job that processes a date |
-- MAGIC | `calendar_table`, `log_table` | full names of the tables of `backfill setup` |

-- COMMAND ----------

-- The same days again: up to runtime 17.3 no view that both could read may hold a parameter marker.
SELECT assert_true(
  coalesce(
    CAST(try_cast(:start_date AS DATE) AS STRING) = :start_date
      AND CAST(try_cast(:end_date AS DATE) AS STRING) = :end_date
      AND :start_date <= :end_date,
    false
  ),
  concat('start_date and end_date must be dates YYYY-MM-DD in this order, but are "', :start_date, '" and "', :end_date, '".')
) AS range_is_valid

-- COMMAND ----------

-- The days that are missing, for whoever looks at the run.
SELECT calendar_date AS missing_date
FROM IDENTIFIER(:calendar_table) AS day
WHERE calendar_date BETWEEN CAST(:start_date AS DATE) AND CAST(:end_date AS DATE)
  AND us_business_or_holiday_flag = 'B'
  AND NOT EXISTS (
    SELECT 1
    FROM IDENTIFIER(:log_table) AS done
    WHERE done.job_name = :job_name
      AND done.status = 'SUCCESS'
      AND day.calendar_date BETWEEN done.position_date AND coalesce(done.position_end_date, done.position_date)
  )
ORDER BY calendar_date

-- COMMAND ----------

SELECT assert_true(
  count(*) = 0,
  concat(
    count(*), CASE WHEN count(*) = 1 THEN ' US business day of ' ELSE ' US business days of ' END, :job_name,
    CASE WHEN count(*) = 1 THEN ' has' ELSE ' have' END, ' no success, and this job starts no runs. Fill them with: backfill run --missing --job ',
    :job_name, ' --from ', :start_date, ' --to ', :end_date
  )
) AS range_is_complete
FROM IDENTIFIER(:calendar_table) AS day
WHERE calendar_date BETWEEN CAST(:start_date AS DATE) AND CAST(:end_date AS DATE)
  AND us_business_or_holiday_flag = 'B'
  AND NOT EXISTS (
    SELECT 1
    FROM IDENTIFIER(:log_table) AS done
    WHERE done.job_name = :job_name
      AND done.status = 'SUCCESS'
      AND day.calendar_date BETWEEN done.position_date AND coalesce(done.position_end_date, done.position_date)
  )
