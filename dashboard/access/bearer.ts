import type { Request } from 'express';
import { addressOf, type KnownCaller } from '../caller.ts';
import type { FailedSignIns } from './failed-sign-ins.ts';
import { refusal } from './refusal.ts';
import type { TokenBook } from './token-book.ts';

const MAX_PROVEN = 10_000;

/** Callers with `Authorization: Bearer <token>`. */
export class BearerCallers {
  readonly #tokens: TokenBook;
  readonly #failures: FailedSignIns;
  /** Who came with a right token from where. */
  readonly #proven = new Set<string>();

  constructor(tokens: TokenBook, failures: FailedSignIns) {
    this.#tokens = tokens;
    this.#failures = failures;
  }

  /**
   * Null without such a header; other schemes are those of a proxy in front of us, and none of ours.
   * @throws BackfillError unauthenticated; too_many_requests after too many wrong tokens
   */
  async caller(request: Request): Promise<KnownCaller | null> {
    const [, token] = /^bearer +(\S+)$/i.exec(request.get('authorization')?.trim() ?? '') ?? [];
    if (token === undefined) return null;
    const owner = this.#tokens.ownerOf(token);
    const address = addressOf(request);
    if (owner === null) {
      await this.#failures.count(address);
      throw refusal('unknown_token', 'This token is not known. Use one of BACKFILL_API_TOKENS.');
    }
    const pair = `${address} ${owner.name}`;
    // One misled client must not shut out its neighbours at the same address, nor slow them down.
    if (!this.#proven.has(pair)) {
      await this.#failures.refuseBeyond(address);
      if (this.#proven.size >= MAX_PROVEN) this.#proven.clear();
      this.#proven.add(pair);
    }
    return { ...owner, via: 'token' };
  }
}
