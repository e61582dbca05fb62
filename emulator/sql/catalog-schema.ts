import { MACROS } from './macros.ts';

const FULL_TYPE = `CASE
  WHEN data_type = 'VARCHAR' THEN 'string' WHEN data_type = 'INTEGER' THEN 'int' WHEN data_type = 'BLOB' THEN 'binary'
  ELSE lower(data_type) END`;

/** What the emulator keeps beside the tables; run at every start, so a file of an older version is completed. */
export const BOOTSTRAP: readonly string[] = [
  "SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'",
  "SET GLOBAL TimeZone = 'UTC'",
  'CREATE SCHEMA IF NOT EXISTS __emulator',
  'CREATE TABLE IF NOT EXISTS __emulator.catalogs (name VARCHAR PRIMARY KEY, comment VARCHAR)',
  `CREATE TABLE IF NOT EXISTS __emulator.schemas (catalog VARCHAR, name VARCHAR, comment VARCHAR, PRIMARY KEY (catalog, name))`,
  `CREATE TABLE IF NOT EXISTS __emulator.table_details (
     duck_schema VARCHAR, name VARCHAR, comment VARCHAR, partition_columns VARCHAR[], clustering_columns VARCHAR[],
     properties MAP(VARCHAR, VARCHAR), created_at TIMESTAMP, PRIMARY KEY (duck_schema, name))`,
  "INSERT OR IGNORE INTO __emulator.catalogs VALUES ('main', NULL), ('system', NULL)",
  "INSERT OR IGNORE INTO __emulator.schemas VALUES ('main', 'default', NULL), ('system', 'lakeflow', NULL)",
  'CREATE SCHEMA IF NOT EXISTS "main.default"',
  'CREATE SCHEMA IF NOT EXISTS "system.lakeflow"',
  `CREATE TABLE IF NOT EXISTS "system.lakeflow".jobs (
     account_id VARCHAR, workspace_id VARCHAR, job_id VARCHAR, name VARCHAR, description VARCHAR, creator_id VARCHAR,
     tags MAP(VARCHAR, VARCHAR), change_time TIMESTAMP, delete_time TIMESTAMP, run_as VARCHAR)`,
  `CREATE OR REPLACE VIEW __emulator.information_schema_catalogs AS
     SELECT name AS catalog_name, comment FROM __emulator.catalogs`,
  `CREATE OR REPLACE VIEW __emulator.information_schema_schemata AS
     SELECT catalog AS catalog_name, name AS schema_name, comment FROM __emulator.schemas`,
  `CREATE OR REPLACE VIEW __emulator.information_schema_tables AS
     SELECT split_part(t.schema_name, '.', 1) AS table_catalog, split_part(t.schema_name, '.', 2) AS table_schema,
       t.table_name, 'MANAGED' AS table_type, 'YES' AS is_insertable_into, d.comment, d.created_at AS created,
       'DELTA' AS data_source_format
     FROM duckdb_tables() t LEFT JOIN __emulator.table_details d ON d.duck_schema = t.schema_name AND d.name = t.table_name
     WHERE contains(t.schema_name, '.') AND NOT t.temporary`,
  `CREATE OR REPLACE VIEW __emulator.information_schema_columns AS
     SELECT split_part(c.schema_name, '.', 1) AS table_catalog, split_part(c.schema_name, '.', 2) AS table_schema,
       c.table_name, c.column_name, c.column_index AS ordinal_position, c.column_default,
       CASE WHEN c.is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, ${FULL_TYPE} AS full_data_type,
       CASE WHEN data_type = 'BIGINT' THEN 'LONG' ELSE upper(${FULL_TYPE}) END AS data_type, c.comment,
       CASE WHEN list_contains(d.partition_columns, c.column_name)
         THEN list_position(d.partition_columns, c.column_name) - 1 END AS partition_ordinal_position
     FROM duckdb_columns() c LEFT JOIN __emulator.table_details d ON d.duck_schema = c.schema_name AND d.name = c.table_name
     WHERE contains(c.schema_name, '.')`,
  ...MACROS.map((macro) => `CREATE OR REPLACE MACRO main.${macro}`),
];
