import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ApiToken } from '../../src/config/config.ts';

interface KnownToken {
  readonly owner: Pick<ApiToken, 'name' | 'role'>;
  readonly digest: Buffer;
}

/** The tokens of `BACKFILL_API_TOKENS`. */
export class TokenBook {
  readonly #known: readonly KnownToken[];

  constructor(tokens: readonly ApiToken[]) {
    this.#known = tokens.map(({ name, role, token }) => ({
      owner: { name, role },
      digest: digestOf(token.reveal()),
    }));
  }

  get isEmpty(): boolean {
    return this.#known.length === 0;
  }

  /** Whose token it is, or null. */
  ownerOf(token: string): KnownToken['owner'] | null {
    const digest = digestOf(token);
    // Every token is compared, and digests have one length: time tells nothing.
    const [first] = this.#known.filter((known) => timingSafeEqual(known.digest, digest));
    return first?.owner ?? null;
  }

  /**
   * What a session keeps of the token it began with. The key is the session's id, which Redis does not have,
   * so that nobody who reads Redis can try tokens against it.
   */
  seal(name: string, sessionId: string): string | null {
    const known = this.#known.find(({ owner }) => owner.name === name);
    return known === undefined
      ? null
      : createHmac('sha256', sessionId).update(known.digest).digest('base64url');
  }

  /** Whose session it is by today's tokens: null once its token was withdrawn or replaced. */
  ownerOfSeal(name: string, sessionId: string, seal: string): KnownToken['owner'] | null {
    if (this.seal(name, sessionId) !== seal) return null;
    return this.#known.find(({ owner }) => owner.name === name)?.owner ?? null;
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
