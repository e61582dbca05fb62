import { LRUCache } from 'lru-cache';

/** What was read from the tables, and how long ago. */
export interface AgedAnswer<Body> {
  readonly body: Body;
  /** Since the warehouse was asked, in whole seconds. */
  readonly ageSeconds: number;
}

export interface CacheOptions {
  /** How long an answer may be given again; 0 keeps none. */
  readonly ttlMs: number;
  /** Changes whenever one of our writers has written to the log, so that nobody is told less than it knows. */
  readonly logVersion: () => Promise<string>;
}

interface Kept {
  readonly body: object;
  readonly bornMs: number;
}

/** All answers of a process together, as JSON. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/**
 * Answers of the warehouse, kept for a moment: equal questions at the same time share one statement, and a
 * dashboard that asks every few seconds does not keep a warehouse awake.
 */
export class AnswerCache {
  readonly #options: CacheOptions;
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ body }) => JSON.stringify(body).length,
  });
  readonly #underway = new Map<string, Promise<Kept>>();

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /**
   * Reads what the log says now, or said within the last moment.
   * @param question all that the answer depends on.
   * @param fresh asks the warehouse in any case.
   */
  async recent<Body extends object>(
    question: readonly unknown[],
    fresh: boolean,
    read: () => Promise<Body>,
  ): Promise<AgedAnswer<Body>> {
    const { ttlMs, logVersion } = this.#options;
    // Without Redis there is no telling whether the log was written since.
    const version = ttlMs === 0 ? null : await logVersion().catch(() => null);
    if (version === null) return aged<Body>({ body: await read(), bornMs: performance.now() });
    const key = JSON.stringify([version, ...question]);
    if (fresh) return aged<Body>(await this.#ask(key, ttlMs, read));
    return this.#answer(key, ttlMs, read);
  }

  /** Reads what never changes again. */
  async settled<Body extends object>(question: readonly unknown[], read: () => Promise<Body>): Promise<Body> {
    return (await this.#answer(JSON.stringify(question), undefined, read)).body;
  }

  async #answer<Body extends object>(
    key: string,
    ttlMs: number | undefined,
    read: () => Promise<Body>,
  ): Promise<AgedAnswer<Body>> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return aged<Body>(kept);
    const underway = this.#underway.get(key) ?? this.#ask(key, ttlMs, read);
    return aged<Body>(await underway);
  }

  #ask(key: string, ttlMs: number | undefined, read: () => Promise<object>): Promise<Kept> {
    const bornMs = performance.now();
    const asking = read()
      .then((body) => {
        const kept = { body, bornMs };
        this.#kept.set(key, kept, ttlMs === undefined ? {} : { ttl: ttlMs });
        return kept;
      })
      .finally(() => this.#underway.delete(key));
    this.#underway.set(key, asking);
    return asking;
  }
}

/** A question is always answered by the same kind of body. */
function aged<Body extends object>({ body, bornMs }: Kept): AgedAnswer<Body> {
  return { body: body as Body, ageSeconds: Math.floor((performance.now() - bornMs) / 1000) };
}
