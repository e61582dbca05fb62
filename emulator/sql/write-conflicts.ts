import { SqlError } from './sql-error.ts';
import type { TableName } from './table-name.ts';

/**
 * Stands in for Delta's optimistic concurrency: of the writes that meet another write of the same
 * table, every nth fails as a commit that lost the race does.
 */
export class WriteConflicts {
  /** Every how many-th concurrent write fails; 0 for none. */
  everyNth = 0;
  readonly #writing = new Map<string, number>();
  #met = 0;

  async run<T>(table: TableName, write: () => Promise<T>): Promise<T> {
    const others = this.#writing.get(table.sql) ?? 0;
    if (others > 0 && this.everyNth > 0) {
      this.#met += 1;
      if (this.#met % this.everyNth === 0) throw conflict(table);
    }
    this.#writing.set(table.sql, others + 1);
    try {
      return await write();
    } finally {
      const left = (this.#writing.get(table.sql) ?? 1) - 1;
      if (left > 0) this.#writing.set(table.sql, left);
      else this.#writing.delete(table.sql);
    }
  }
}

function conflict(table: TableName): SqlError {
  return new SqlError(
    'DELTA_CONCURRENT_APPEND',
    '2D521',
    `Transaction conflict detected. A concurrent WRITE added data to table ${table.display} that this operation read. ` +
      'Please retry the operation.',
  );
}
