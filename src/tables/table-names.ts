import type { TablesConfig } from '../config/config.ts';
import { quoteIdentifier } from './identifier.ts';

/** Tables of the schema by their plain names. */
export const TABLE_NAMES = [
  'calendar',
  'source_data',
  'destination_data',
  'backfill_log',
  'backfills',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** Full, quoted names of our tables; the only way a name gets into SQL text. */
export class TableNames {
  /** Catalog and schema as configured, for binding as values. */
  readonly catalog: string;
  readonly schema: string;
  /** `` `catalog` `` */
  readonly quotedCatalog: string;
  /** `` `catalog`.`schema` `` */
  readonly quotedSchema: string;

  /** @throws BackfillError `configuration_invalid` if the catalog or the schema is no safe name. */
  static from(tables: Pick<TablesConfig, 'catalog' | 'schema'>): TableNames {
    return new TableNames(tables.catalog, tables.schema);
  }

  private constructor(catalog: string, schema: string) {
    this.catalog = catalog;
    this.schema = schema;
    this.quotedCatalog = quoteIdentifier('catalog', catalog);
    this.quotedSchema = `${this.quotedCatalog}.${quoteIdentifier('schema', schema)}`;
  }

  /** The full, quoted name of a table, also fit as the value of a parameter that `IDENTIFIER()` reads. */
  of(table: TableName): string {
    return `${this.quotedSchema}.${quoteIdentifier('table', table)}`;
  }

  get calendar(): string {
    return this.of('calendar');
  }

  get sourceData(): string {
    return this.of('source_data');
  }

  get destinationData(): string {
    return this.of('destination_data');
  }

  get backfillLog(): string {
    return this.of('backfill_log');
  }

  get backfills(): string {
    return this.of('backfills');
  }

  /** A view of this catalog's own information schema. */
  informationSchema(view: 'schemata' | 'tables' | 'columns'): string {
    return `${this.quotedCatalog}.information_schema.${view}`;
  }
}
