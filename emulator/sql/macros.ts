/**
 * Functions that behave by the type of their argument, which only DuckDB knows: it picks the overload.
 * They live in the schema `main`, where every connection finds them.
 */
export const MACROS: readonly string[] = [
  `dbx_to_bigint(x BIGINT) AS x,
     (x DOUBLE) AS CAST(trunc(x) AS BIGINT),
     (x VARCHAR) AS CAST(trim(x) AS BIGINT),
     (x BOOLEAN) AS CAST(x AS BIGINT),
     (x TIMESTAMP) AS CAST(floor(epoch(x)) AS BIGINT)`,
  `dbx_try_to_bigint(x BIGINT) AS x,
     (x DOUBLE) AS TRY_CAST(trunc(x) AS BIGINT),
     (x VARCHAR) AS TRY_CAST(trim(x) AS BIGINT),
     (x BOOLEAN) AS CAST(x AS BIGINT)`,
  `dbx_to_timestamp(x TIMESTAMP) AS x,
     (x DATE) AS CAST(x AS TIMESTAMP),
     (x TIMESTAMPTZ) AS (x AT TIME ZONE 'UTC'),
     (x VARCHAR) AS (CAST(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC'),
     (x BIGINT) AS make_timestamp(x * 1000000),
     (x DOUBLE) AS make_timestamp(CAST(x * 1000000 AS BIGINT))`,
  `dbx_try_to_timestamp(x TIMESTAMP) AS x,
     (x DATE) AS CAST(x AS TIMESTAMP),
     (x VARCHAR) AS (TRY_CAST(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`,
  `dbx_current_timestamp() AS (now() AT TIME ZONE 'UTC')`,
  `dbx_current_date() AS CAST(now() AT TIME ZONE 'UTC' AS DATE)`,
  `dbx_add_days(x DATE, i INTERVAL) AS CAST(x + i AS DATE), (x TIMESTAMP, i INTERVAL) AS x + i,
     (x INTERVAL, i INTERVAL) AS x + i, (x VARCHAR, i INTERVAL) AS CAST(x AS TIMESTAMP) + i`,
  `dbx_subtract_days(x DATE, i INTERVAL) AS CAST(x - i AS DATE), (x TIMESTAMP, i INTERVAL) AS x - i,
     (x INTERVAL, i INTERVAL) AS x - i, (x VARCHAR, i INTERVAL) AS CAST(x AS TIMESTAMP) - i`,
  `dbx_add_time(x TIMESTAMP, i INTERVAL) AS x + i, (x INTERVAL, i INTERVAL) AS x + i,
     (x VARCHAR, i INTERVAL) AS CAST(x AS TIMESTAMP) + i`,
  `dbx_subtract_time(x TIMESTAMP, i INTERVAL) AS x - i, (x INTERVAL, i INTERVAL) AS x - i,
     (x VARCHAR, i INTERVAL) AS CAST(x AS TIMESTAMP) - i`,
  `dbx_sequence(a INTEGER, b INTEGER) AS list_transform(
       generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END), lambda n: CAST(n AS INTEGER)),
     (a BIGINT, b BIGINT) AS generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END),
     (a DATE, b DATE) AS list_transform(
       generate_series(a, b, CASE WHEN a <= b THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END), lambda d: CAST(d AS DATE)),
     (a INTEGER, b INTEGER, s INTEGER) AS list_transform(generate_series(a, b, s), lambda n: CAST(n AS INTEGER)),
     (a BIGINT, b BIGINT, s BIGINT) AS generate_series(a, b, s),
     (a DATE, b DATE, s INTERVAL) AS list_transform(generate_series(a, b, s), lambda d: CAST(d AS DATE)),
     (a TIMESTAMP, b TIMESTAMP, s INTERVAL) AS generate_series(a, b, s)`,
  `dbx_divisor(x) AS CASE WHEN x = 0
     THEN error('[DIVIDE_BY_ZERO] Division by zero. Use \`try_divide\` to tolerate divisor being 0 and return NULL instead. SQLSTATE: 22012')
     ELSE x END`,
  `dbx_get_json(x, path) AS CASE WHEN json_valid(x) THEN x ->> path END`,
  `dbx_valid_json(x) AS CASE WHEN json_valid(x) THEN x END`,
  `dbx_raise_error(message) AS error('[USER_RAISED_EXCEPTION] ' || coalesce(CAST(message AS VARCHAR), 'null') || ' SQLSTATE: P0001')`,
  `dbx_initcap(x) AS array_to_string(
     list_transform(string_split(lower(x), ' '), lambda w: upper(w[1]) || w[2:]), ' ')`,
  `dbx_months_between(a, b) AS round(
     (year(a) - year(b)) * 12 + (month(a) - month(b)) +
     CASE WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(a) AND CAST(b AS DATE) = last_day(b)) THEN 0
          ELSE (day(a) - day(b) + (epoch(a) % 86400 - epoch(b) % 86400) / 86400) / 31 END, 8)`,
];
