import { NO_RESULT, type SqlResult } from '../result.ts';
import { notEmulated, syntaxError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isParens, type Node, textOf } from '../syntax/node.ts';
import { alterTable, dropTable } from './alter-table.ts';
import { createTable } from './create-table.ts';
import { describe } from './describe.ts';
import { insert } from './insert.ts';
import { merge } from './merge.ts';
import { deleteRows, truncate, update } from './modify.ts';
import { createCatalog, createSchema, dropSchema, use } from './namespace.ts';
import { show } from './show.ts';
import { declareVariable, dropVariable, setVariable } from './variable.ts';

/** Runs one statement. One that the emulator does not know fails with EMULATOR_UNSUPPORTED, naming it. */
export async function runStatement(nodes: readonly Node[], run: StatementRun): Promise<SqlResult> {
  const cursor = new Cursor(nodes);
  const first = cursor.peek();
  if (isParens(first)) return run.query(run.translation.query(nodes));
  const word = first?.kind === 'word' ? first.value.toUpperCase() : '';
  switch (word) {
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
      return run.query(run.translation.query(nodes));
    default:
      cursor.next();
      return runCommand(word, cursor, run, textOf(first));
  }
}

async function runCommand(word: string, cursor: Cursor, run: StatementRun, text: string): Promise<SqlResult> {
  switch (word) {
    case 'INSERT':
      return insert(cursor, run);
    case 'UPDATE':
      return update(cursor, run);
    case 'DELETE':
      return deleteRows(cursor, run);
    case 'MERGE':
      return merge(cursor, run);
    case 'TRUNCATE':
      return truncate(cursor, run);
    case 'CREATE':
      return create(cursor, run);
    case 'ALTER':
      cursor.expect('TABLE');
      return alterTable(cursor, run);
    case 'DROP':
      return drop(cursor, run);
    case 'USE':
      return use(cursor, run);
    case 'SET':
      return setVariable(cursor, run);
    case 'DECLARE':
      return declareVariable(cursor, run);
    case 'DESCRIBE':
    case 'DESC':
      return describe(cursor, run);
    case 'SHOW':
      return show(cursor, run);
    case 'OPTIMIZE':
    case 'VACUUM':
    case 'ANALYZE':
      return NO_RESULT;
    case 'EXPLAIN':
    case 'COPY':
    case 'GRANT':
    case 'REVOKE':
    case 'RESTORE':
    case 'CACHE':
    case 'REFRESH':
    case 'COMMENT':
    case 'BEGIN':
    case 'EXECUTE':
    case 'CALL':
      throw notEmulated(`the statement ${word}`);
    default:
      throw syntaxError(text);
  }
}

async function create(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const replaces = cursor.accept('OR', 'REPLACE');
  if (cursor.accept('CATALOG')) return createCatalog(cursor, run);
  if (cursor.accept('SCHEMA') || cursor.accept('DATABASE')) return createSchema(cursor, run);
  if (cursor.accept('TABLE')) return createTable(cursor, run, replaces);
  if (cursor.accept('TEMPORARY', 'VIEW') || cursor.accept('TEMP', 'VIEW')) {
    const name = cursor.expectIdentifier().toLowerCase();
    cursor.expect('AS');
    run.session.views.set(name, run.translation.query(cursor.rest()));
    return NO_RESULT;
  }
  throw notEmulated(`CREATE ${textOf(cursor.peek())}`);
}

async function drop(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  if (cursor.accept('TABLE') || cursor.accept('VIEW')) return dropTable(cursor, run);
  if (cursor.accept('SCHEMA') || cursor.accept('DATABASE')) return dropSchema(cursor, run);
  if (cursor.accept('TEMPORARY', 'VARIABLE') || cursor.accept('TEMP', 'VARIABLE'))
    return dropVariable(cursor, run);
  throw notEmulated(`DROP ${textOf(cursor.peek())}`);
}
