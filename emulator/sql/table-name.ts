import { backquote, quoteIdentifier } from './identifier.ts';
import { SqlError } from './sql-error.ts';

/** The namespace in which a session resolves short names. */
export interface Namespace {
  catalog: string;
  schema: string;
}

/** A table by its full name. Unity Catalog stores these names in lower case. */
export class TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;

  constructor(catalog: string, schema: string, table: string) {
    this.catalog = catalog.toLowerCase();
    this.schema = schema.toLowerCase();
    this.table = table.toLowerCase();
  }

  static resolve(parts: readonly string[], current: Namespace): TableName {
    const [table, schema = current.schema, catalog = current.catalog] = parts.toReversed();
    if (table === undefined || parts.length > 3) {
      throw new SqlError(
        'PARSE_SYNTAX_ERROR',
        '42601',
        `${backquote(parts)} is no table name: at most three parts are allowed.`,
      );
    }
    return new TableName(catalog, schema, table);
  }

  /** DuckDB keeps every table in one file: a schema there is named `catalog.schema`. */
  get sql(): string {
    return `${quoteIdentifier(duckSchema(this))}.${quoteIdentifier(this.table)}`;
  }

  /** As messages print it. */
  get display(): string {
    return backquote([this.catalog, this.schema, this.table]);
  }
}

/** The DuckDB schema that holds a Databricks schema. */
export function duckSchema(name: Namespace): string {
  return `${name.catalog.toLowerCase()}.${name.schema.toLowerCase()}`;
}
