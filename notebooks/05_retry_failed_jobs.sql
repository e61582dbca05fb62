-- Databricks notebook source
-- MAGIC %md
-- MAGIC # 05_retry_failed_jobs
-- MAGIC Retries nothing: failed dates are retried by the workers, by policy and by the sweep: on demand (`backfill
-- MAGIC sweep`, POST /api/retries) or on a schedule that is enabled. What is left for a job of the workspace is to raise an alarm: this notebook succeeds
-- MAGIC when the sweep would find nothing to retry, and else fails with the command that retries it.
-- MAGIC
-- MAGIC A date counts once, however often it failed: if an original failure (no retry) lies in the last days and nothing has
-- MAGIC succeeded since. As in the sweep, left out are configuration errors, dates whose last attempt a person cancelled, and
-- MAGIC dates under way, as far as the log shows it: one that still waits in a queue is known to the workers alone.
-- MAGIC
-- MAGIC | parameter | meaning |
-- MAGIC |---|---|
-- MAGIC | `retry_days_back` | days back from now, counted from the failure |
-- MAGIC | `max_retries` | how many dates are listed, and retried, at most |
-- MAGIC | `log_table` | full name of the log of `backfill setup` |

-- COMMAND ----------

-- The dates that are open with their latest failure, oldest position_date first, for whoever looks at the run.
SELECT position_date, job_name, job_id, run_id, end_time, error_message
FROM (
  SELECT *, row_number() OVER (ORDER BY position_date, job_id) AS turn
  FROM (
    SELECT
      *,
      max(place) OVER (PARTITION BY job_id, position_date) AS last_place,
      max(CASE WHEN status = 'SUCCESS' THEN place ELSE 0 END) OVER (PARTITION BY job_id, position_date) AS last_success,
      max(
        CASE
          WHEN status = 'FAILED'
            AND retry_metadata IS NULL
            AND coalesce(end_time, start_time) >= current_timestamp() - CAST(:retry_days_back AS INT) * INTERVAL 1 DAY
            THEN place
          ELSE 0
        END
      ) OVER (PARTITION BY job_id, position_date) AS last_original
    FROM (
      SELECT
        *,
        row_number() OVER (
          PARTITION BY job_id, position_date
          ORDER BY coalesce(start_time, end_time, TIMESTAMP'1970-01-01 00:00:00'), coalesce(attempt, 0), run_id
        ) AS place
      FROM IDENTIFIER(:log_table)
      WHERE status <> 'SKIPPED' AND job_id IS NOT NULL
    )
  )
  WHERE place = last_place
    AND status = 'FAILED'
    AND last_original > last_success
    AND coalesce(error_message, '') NOT LIKE 'configuration/%'
)
WHERE turn <= CAST(:max_retries AS INT)
ORDER BY turn

-- COMMAND ----------

-- The same dates again, all of them: up to runtime 17.3 no view that both could read may hold a parameter marker.
SELECT assert_true(
  count(*) = 0,
  concat(
    count(*), CASE WHEN count(*) = 1 THEN ' failed date of the last ' ELSE ' failed dates of the last ' END,
    CASE WHEN CAST(:retry_days_back AS INT) = 1 THEN 'day' ELSE concat(:retry_days_back, ' days') END,
    CASE WHEN count(*) = 1 THEN ' is' ELSE ' are' END,
    ' open, and this job retries nothing. Retry with: backfill sweep --days-back ',
    :retry_days_back, ' --max-retries ', :max_retries
  )
) AS no_failure_is_open
FROM (
  SELECT
    *,
    max(place) OVER (PARTITION BY job_id, position_date) AS last_place,
    max(CASE WHEN status = 'SUCCESS' THEN place ELSE 0 END) OVER (PARTITION BY job_id, position_date) AS last_success,
    max(
      CASE
        WHEN status = 'FAILED'
          AND retry_metadata IS NULL
          AND coalesce(end_time, start_time) >= current_timestamp() - CAST(:retry_days_back AS INT) * INTERVAL 1 DAY
          THEN place
        ELSE 0
      END
    ) OVER (PARTITION BY job_id, position_date) AS last_original
  FROM (
    SELECT
      *,
      row_number() OVER (
        PARTITION BY job_id, position_date
        ORDER BY coalesce(start_time, end_time, TIMESTAMP'1970-01-01 00:00:00'), coalesce(attempt, 0), run_id
      ) AS place
    FROM IDENTIFIER(:log_table)
    WHERE status <> 'SKIPPED' AND job_id IS NOT NULL
  )
)
WHERE place = last_place
  AND status = 'FAILED'
  AND last_original > last_success
  AND coalesce(error_message, '') NOT LIKE 'configuration/%'
