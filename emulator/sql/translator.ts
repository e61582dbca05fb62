import { rewriteExpression } from './expression/expression.ts';
import { rewriteQuery } from './query/query.ts';
import type { Node } from './syntax/node.ts';
import type { Scope, Translation } from './translation.ts';

/** Databricks SQL to DuckDB SQL, for the parts of one statement. */
export class Translator implements Translation {
  readonly scope: Scope;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  expression(nodes: readonly Node[]): string {
    return rewriteExpression(nodes, this);
  }

  query(nodes: readonly Node[]): string {
    return rewriteQuery(nodes, this);
  }
}
