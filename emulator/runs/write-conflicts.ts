import type { Configuration } from '../local/configuration.ts';
import { isActive, type Run } from './run.ts';

const WRITE =
  /^\s*(?:INSERT\s+(?:INTO|OVERWRITE)(?:\s+TABLE)?|MERGE\s+(?:WITH\s+SCHEMA\s+EVOLUTION\s+)?INTO|UPDATE|DELETE\s+FROM)\s+(IDENTIFIER\s*\([^)]*\)|[\w.`]+)/i;

/** Decides by `conflicting_writes` which writes of runs lose against another writer, as Delta tables can. */
export class WriteConflicts {
  readonly #configuration: () => Configuration;
  readonly #spend: () => void;
  readonly #writers = new Map<string, Set<Run>>();

  /** `spend` counts a numeric `conflicting_writes` down by one. */
  constructor(configuration: () => Configuration, spend: () => void) {
    this.#configuration = configuration;
    this.#spend = spend;
  }

  /** The error message of the conflict that this statement meets, or null. Notes the write. */
  check(run: Run, statement: string, parameters: Readonly<Record<string, string>>): string | null {
    const { conflicting_writes } = this.#configuration();
    const table = writtenTable(statement, parameters);
    if (table === null || conflicting_writes === false || conflicting_writes === 0) return null;
    if (typeof conflicting_writes === 'number') {
      this.#spend();
      return conflictMessage(table);
    }
    const writers = this.#writers.get(table) ?? new Set();
    for (const writer of writers) if (!isActive(writer)) writers.delete(writer);
    if ([...writers].some((writer) => writer !== run)) return conflictMessage(table);
    this.#writers.set(table, writers.add(run));
    return null;
  }
}

function writtenTable(statement: string, parameters: Readonly<Record<string, string>>): string | null {
  const target = WRITE.exec(withoutLeadingComments(statement))?.[1];
  if (target === undefined) return null;
  const named = target.replace(/:(\w+)/g, (_, name: string) => parameters[name] ?? name);
  return named.replace(/^IDENTIFIER\s*\(|[`'\s)]|\|\|/gi, '').toLowerCase();
}

function withoutLeadingComments(statement: string): string {
  return statement.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
}

function conflictMessage(table: string): string {
  return (
    `[DELTA_CONCURRENT_APPEND] ConcurrentAppendException: Files were added to ${table} by a concurrent update. ` +
    'Please retry the operation. SQLSTATE: 2D521'
  );
}
