import type { Warehouse } from '../src/databricks/warehouse.ts';
import type { TableNames } from '../src/tables/table-names.ts';
import type { AgedAnswer, AnswerCache } from './answer-cache.ts';
import type { Answer, Call } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** How long a request waits for the warehouse. */
export const TABLE_DEADLINE_MS = 60_000;

/** The part of a request that says how old its answer may be. */
export type Asked = Pick<Call<{ fresh: boolean }, unknown>, 'query' | 'header'>;

type Read<Body> = (warehouse: Warehouse, tables: TableNames) => Promise<Body>;

/** Answers from the tables, each of the last moment where there is one. */
export class TableAnswers {
  readonly #access: WorkspaceAccess;
  readonly #cache: AnswerCache;

  constructor(access: WorkspaceAccess, cache: AnswerCache) {
    this.#access = access;
    this.#cache = cache;
  }

  /**
   * Answers a request about the log; the header Age says how many seconds ago the warehouse was asked.
   * `fresh=true` or the header `Cache-Control: no-cache` ask it in any case.
   * @param question all that the answer depends on.
   * @throws BackfillError warehouse_*, tables_missing, statement_failed, workspace_*
   */
  async recent<Body extends object>(
    asked: Asked,
    question: readonly unknown[],
    read: Read<Body>,
  ): Promise<Answer> {
    const { body, ageSeconds }: AgedAnswer<Body> = await this.#cache.recent(question, isFresh(asked), () =>
      this.#access.read(TABLE_DEADLINE_MS, read),
    );
    return { status: 200, body, headers: { Age: String(ageSeconds) } };
  }

  /** Reads what such an answer depends on beside the tables, and keeps it as long as the answer. */
  async beside<Body extends object>(
    asked: Asked,
    question: readonly unknown[],
    read: () => Promise<Body>,
  ): Promise<Body> {
    return (await this.#cache.recent(question, isFresh(asked), read)).body;
  }

  /** Reads what never changes again, and keeps it. */
  settled<Body extends object>(question: readonly unknown[], read: Read<Body>): Promise<Body> {
    return this.#cache.settled(question, () => this.#access.read(TABLE_DEADLINE_MS, read));
  }
}

function isFresh({ query, header }: Asked): boolean {
  return query.fresh || header('cache-control')?.includes('no-cache') === true;
}
