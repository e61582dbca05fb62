-- Databricks notebook source
-- MAGIC %md
-- MAGIC # 02_process_data
-- MAGIC Processes one position date: reads its rows from the source table and replaces exactly that date in the
-- MAGIC destination table. Running it again changes nothing.
-- MAGIC
-- MAGIC | parameter | meaning |
-- MAGIC |---|---|
-- MAGIC | `position_date` | the date to process, `YYYY-MM-DD` |
-- MAGIC | `source_table` | full name of the table to read |
-- MAGIC | `destination_table` | full name of the table to write |
-- MAGIC
-- MAGIC Runs on a SQL warehouse, and on compute from Databricks Runtime 17.3.

-- COMMAND ----------

-- A cast to DATE ignores what follows a blank, so that "2024-06-03 to 2024-06-07" would process one day in silence.
SELECT assert_true(
  coalesce(CAST(try_cast(:position_date AS DATE) AS STRING) = :position_date, false),
  concat('position_date must be one date YYYY-MM-DD, but is "', :position_date, '".')
) AS position_date_is_valid

-- COMMAND ----------

-- REPLACE WHERE with an empty query would delete the date, so an empty source stops here.
SELECT assert_true(
  count(*) > 0,
  concat(:source_table, ' has no row for position_date ', :position_date, ', so ', :destination_table, ' was left as it is. Load the source for this date first.')
) AS source_has_rows
FROM IDENTIFIER(:source_table)
WHERE position_date = CAST(:position_date AS DATE)

-- COMMAND ----------

DECLARE OR REPLACE VARIABLE rows_before BIGINT

-- COMMAND ----------

SET VARIABLE rows_before = (
  SELECT count(*)
  FROM IDENTIFIER(:destination_table)
  WHERE position_date = CAST(:position_date AS DATE)
)

-- COMMAND ----------

INSERT INTO IDENTIFIER(:destination_table)
REPLACE WHERE position_date = CAST(:position_date AS DATE)
SELECT position_date, id, value, category
FROM IDENTIFIER(:source_table)
WHERE position_date = CAST(:position_date AS DATE)

-- COMMAND ----------

SELECT
  :position_date AS position_date,
  rows_before,
  count(*) AS rows_after
FROM IDENTIFIER(:destination_table)
WHERE position_date = CAST(:position_date AS DATE)
