-- Databricks notebook source
-- MAGIC %md
-- MAGIC # 05_retry_failed_jobs
-- MAGIC Retries nothing: failed dates are retried by the workers, at once by policy and daily by the sweep (`backfill
-- MAGIC sweep`, POST /api/retries). What is left for a job of the workspace is to raise an alarm: this notebook succeeds
-- MAGIC when no failure of the last days is open, and else fails with the command that retries them.
-- MAGIC
-- MAGIC | parameter | meaning |
-- MAGIC |---|---|
-- MAGIC | `retry_days_back` | days back from now, counted from the failure |
-- MAGIC | `max_retries` | how many failures are listed at most |
-- MAGIC | `log_table` | full name of the log of `backfill setup` |

-- COMMAND ----------

-- The failures that are open, oldest first, for whoever looks at the run.
SELECT position_date, job_name, job_id, run_id, end_time, error_message
FROM (
  SELECT *, row_number() OVER (ORDER BY end_time, position_date) AS place
  FROM IDENTIFIER(:log_table) AS failure
  WHERE status = 'FAILED'
    AND retry_metadata IS NULL
    AND end_time >= current_timestamp() - CAST(:retry_days_back AS INT) * INTERVAL 1 DAY
    AND NOT EXISTS (
      SELECT 1
      FROM IDENTIFIER(:log_table) AS later
      WHERE later.job_id = failure.job_id
        AND later.position_date = failure.position_date
        AND later.status = 'SUCCESS'
        AND later.start_time >= failure.start_time
    )
)
WHERE place <= CAST(:max_retries AS INT)
ORDER BY place

-- COMMAND ----------

SELECT assert_true(
  count(*) = 0,
  concat(
    count(*), ' failures of the last ', :retry_days_back, ' days are open, and this job retries nothing. Retry them with: backfill sweep --days-back ',
    :retry_days_back, ' --max-retries ', :max_retries
  )
) AS no_failure_is_open
FROM IDENTIFIER(:log_table) AS failure
WHERE status = 'FAILED'
  AND retry_metadata IS NULL
  AND end_time >= current_timestamp() - CAST(:retry_days_back AS INT) * INTERVAL 1 DAY
  AND NOT EXISTS (
    SELECT 1
    FROM IDENTIFIER(:log_table) AS later
    WHERE later.job_id = failure.job_id
      AND later.position_date = failure.position_date
      AND later.status = 'SUCCESS'
      AND later.start_time >= failure.start_time
  )
