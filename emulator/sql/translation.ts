import type { Node } from './syntax/node.ts';
import type { Namespace, TableName } from './table-name.ts';

/** What the names of one statement mean. */
export interface Scope {
  current: Namespace;
  /** The caller's name, for `current_user()`. */
  user: string;
  /** DuckDB text of each session variable that no column hides, by lower-case name. */
  variables: ReadonlyMap<string, string>;
  /** DuckDB query of each temporary view of the session, by lower-case name. */
  views: ReadonlyMap<string, string>;
  /** Names of common table expressions met so far, lower case. */
  ctes: Set<string>;
  /** Tables met so far: a missing one is reported by its full name. */
  tables: TableName[];
}

/** Turns parts of one statement into DuckDB SQL. The rewriting modules call each other through it. */
export interface Translation {
  readonly scope: Scope;
  expression(nodes: readonly Node[]): string;
  query(nodes: readonly Node[]): string;
}
