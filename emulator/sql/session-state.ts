import type { Namespace } from './table-name.ts';

/** What one session remembers between statements. */
export interface SessionState extends Namespace {
  user: string;
  /** Session variables by lower-case name, as DuckDB text. */
  variables: Map<string, { type: string; sql: string }>;
  /** Temporary views by lower-case name, as DuckDB queries. */
  views: Map<string, string>;
}
