/** Functions that mean the same in DuckDB under the same name. */
export const SAME_IN_DUCKDB = new Set(
  `count sum avg min max any_value max_by min_by count_if bool_and bool_or median mode
   stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp
   row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
   coalesce nullif ifnull greatest least
   abs sign sqrt cbrt exp ln log10 log2 power pow sin cos tan asin acos atan atan2 pi degrees radians round
   upper lower length trim ltrim rtrim replace lpad rpad left right repeat reverse md5 translate
   concat_ws ascii chr regexp_matches
   make_date last_day hour minute`.split(/\s+/),
);

/**
 * DuckDB text of the other functions, one template for each number of arguments: `$1` is the first
 * argument, `$*` all of them, `$D` the DISTINCT of an aggregate.
 */
export const TEMPLATES: Record<string, readonly string[]> = {
  // conditions
  if: ['CASE WHEN $1 THEN $2 ELSE $3 END'],
  iff: ['CASE WHEN $1 THEN $2 ELSE $3 END'],
  nvl: ['coalesce($1, $2)'],
  nvl2: ['CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END'],
  isnull: ['($1 IS NULL)'],
  isnotnull: ['($1 IS NOT NULL)'],
  nullifzero: ['nullif($1, 0)'],
  zeroifnull: ['coalesce($1, 0)'],
  // dates
  current_date: ['dbx_current_date()'],
  curdate: ['dbx_current_date()'],
  current_timestamp: ['dbx_current_timestamp()'],
  now: ['dbx_current_timestamp()'],
  localtimestamp: ['dbx_current_timestamp()'],
  current_timezone: ["'Etc/UTC'"],
  date: ['CAST($1 AS DATE)'],
  timestamp: ['dbx_to_timestamp($1)'],
  date_sub: ['(CAST($1 AS DATE) - CAST($2 AS INTEGER))'],
  add_months: ['CAST(CAST($1 AS DATE) + to_months(CAST($2 AS INTEGER)) AS DATE)'],
  months_between: ['dbx_months_between(dbx_to_timestamp($1), dbx_to_timestamp($2))'],
  year: ['CAST(year(dbx_to_timestamp($1)) AS INTEGER)'],
  quarter: ['CAST(quarter(dbx_to_timestamp($1)) AS INTEGER)'],
  month: ['CAST(month(dbx_to_timestamp($1)) AS INTEGER)'],
  day: ['CAST(day(dbx_to_timestamp($1)) AS INTEGER)'],
  dayofmonth: ['CAST(day(dbx_to_timestamp($1)) AS INTEGER)'],
  dayofyear: ['CAST(dayofyear(dbx_to_timestamp($1)) AS INTEGER)'],
  dayofweek: ['CAST(dayofweek(dbx_to_timestamp($1)) + 1 AS INTEGER)'],
  weekday: ['CAST(isodow(dbx_to_timestamp($1)) - 1 AS INTEGER)'],
  weekofyear: ['CAST(week(dbx_to_timestamp($1)) AS INTEGER)'],
  dayname: ["strftime(dbx_to_timestamp($1), '%a')"],
  monthname: ["strftime(dbx_to_timestamp($1), '%b')"],
  second: ['CAST(second(dbx_to_timestamp($1)) AS INTEGER)'],
  unix_date: ["CAST(date_diff('day', DATE '1970-01-01', CAST($1 AS DATE)) AS INTEGER)"],
  date_from_unix_date: ["(DATE '1970-01-01' + CAST($1 AS INTEGER))"],
  unix_millis: ['epoch_ms(dbx_to_timestamp($1))'],
  unix_seconds: ['CAST(floor(epoch(dbx_to_timestamp($1))) AS BIGINT)'],
  timestamp_millis: ['make_timestamp(CAST($1 AS BIGINT) * 1000)'],
  timestamp_seconds: ['make_timestamp(CAST($1 * 1000000 AS BIGINT))'],
  sequence: ['dbx_sequence($1, $2)', 'dbx_sequence($1, $2, $3)'],
  // numbers
  floor: ['CAST(floor($1) AS BIGINT)'],
  ceil: ['CAST(ceil($1) AS BIGINT)'],
  ceiling: ['CAST(ceil($1) AS BIGINT)'],
  signum: ['sign($1)'],
  mod: ['($1 % dbx_divisor($2))'],
  pmod: ['((($1 % dbx_divisor($2)) + $2) % $2)'],
  try_divide: ['($1 / nullif($2, 0))'],
  hash: ['dbx_hash($*)'],
  xxhash64: ['dbx_xxhash64($*)'],
  rand: ['random()', 'dbx_rand($1)'],
  random: ['random()', 'dbx_rand($1)'],
  // strings
  concat: ['($|)'],
  len: ['length($1)'],
  char_length: ['length($1)'],
  character_length: ['length($1)'],
  ucase: ['upper($1)'],
  lcase: ['lower($1)'],
  initcap: ['dbx_initcap($1)'],
  substr: ['substring($1, $2)', 'substring($1, $2, $3)'],
  substring: ['substring($1, $2)', 'substring($1, $2, $3)'],
  instr: ['CAST(strpos($1, $2) AS INTEGER)'],
  locate: ['CAST(strpos($2, $1) AS INTEGER)'],
  startswith: ['starts_with($1, $2)'],
  endswith: ['ends_with($1, $2)'],
  contains: ['contains($1, $2)'],
  split: ['regexp_split_to_array($1, $2)'],
  split_part: ['split_part($1, $2, $3)'],
  regexp_replace: ["regexp_replace($1, $2, $3, 'g')"],
  regexp_like: ['regexp_matches($1, $2)'],
  regexp_extract: ['regexp_extract($1, $2, 1)', 'regexp_extract($1, $2, $3)'],
  sha: ['sha1($1)'],
  sha1: ['sha1($1)'],
  uuid: ['CAST(uuid() AS VARCHAR)'],
  string: ['CAST($1 AS VARCHAR)'],
  int: ['CAST(dbx_to_bigint($1) AS INTEGER)'],
  bigint: ['dbx_to_bigint($1)'],
  double: ['CAST($1 AS DOUBLE)'],
  boolean: ['CAST($1 AS BOOLEAN)'],
  // JSON
  get_json_object: ['dbx_get_json($1, $2)'],
  to_json: ['CAST(to_json($1) AS VARCHAR)'],
  // arrays and maps
  array: ['[$*]'],
  size: ['CAST(len($1) AS INTEGER)'],
  cardinality: ['CAST(len($1) AS INTEGER)'],
  array_size: ['CAST(len($1) AS INTEGER)'],
  element_at: ['$1[$2]'],
  array_contains: ['list_contains($1, $2)'],
  array_distinct: ['list_distinct($1)'],
  array_join: ['array_to_string($1, $2)'],
  array_max: ['list_max($1)'],
  array_min: ['list_min($1)'],
  array_sort: ['list_sort($1)'],
  sort_array: ['list_sort($1)'],
  slice: ['list_slice($1, $2, $2 + $3 - 1)'],
  flatten: ['flatten($1)'],
  transform: ['list_transform($1, $2)'],
  filter: ['list_filter($1, $2)'],
  exists: ['(len(list_filter($1, $2)) > 0)'],
  map_keys: ['map_keys($1)'],
  map_values: ['map_values($1)'],
  // aggregates
  collect_list: ['list($D$1) FILTER (WHERE $1 IS NOT NULL)'],
  array_agg: ['list($D$1) FILTER (WHERE $1 IS NOT NULL)'],
  collect_set: ['list(DISTINCT $1) FILTER (WHERE $1 IS NOT NULL)'],
  approx_count_distinct: ['count(DISTINCT $1)'],
  percentile_approx: ['quantile_disc($1, $2)', 'quantile_disc($1, $2)'],
  approx_percentile: ['quantile_disc($1, $2)', 'quantile_disc($1, $2)'],
  percentile: ['quantile_cont($1, $2)'],
  first: ['first($1)'],
  last: ['last($1)'],
  every: ['bool_and($1)'],
  some: ['bool_or($1)'],
  any: ['bool_or($1)'],
  // failures
  raise_error: ['dbx_raise_error($1)'],
  // tables in a select list
  explode: ['unnest($1)'],
  explode_outer: ['unnest(CASE WHEN len($1) = 0 OR $1 IS NULL THEN [NULL] ELSE $1 END)'],
  inline: ['unnest($1, max_depth := 2)'],
};

/** How many arguments a template takes; null for any number. */
export function arity(template: string): number | null {
  if (/\$[*|]/.test(template)) return null;
  return Math.max(0, ...[...template.matchAll(/\$(\d)/g)].map((found) => Number(found[1])));
}
