import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { KeySpace } from '../../queues/key-space.ts';
import type { Config } from '../../src/config/config.ts';
import type { TokenBook } from './token-book.ts';

/** Source: NIST SP 800-63B asks for 64 bits at least; this is 256. */
const ID_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{43}$/;

/** Value of a session's key in Redis. */
const SessionSchema = z.object({
  v: z.literal(1),
  name: z.string(),
  role: z.enum(['viewer', 'operator']),
  with: z.enum(['token', 'oidc']),
  /** What must still hold for the session to hold: see {@link Sessions}. */
  seal: z.string(),
  /** Absolute end, in milliseconds since the epoch. */
  ends_at_ms: z.number(),
});

type Session = z.output<typeof SessionSchema>;

export type SessionOwner = Pick<Session, 'name' | 'role'>;

interface SessionContext {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly tokens: TokenBook;
  readonly access: Config['access'];
}

/**
 * Sessions of browsers, in Redis, so that every web process knows them. The id is in the cookie only; Redis
 * has its hash. A session ends when nobody uses it for a while, in any case some time after the sign-in, when
 * signed out, and when its token is withdrawn or replaced or its provider is no longer configured.
 */
export class Sessions {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #tokens: TokenBook;
  readonly #access: Config['access'];

  constructor({ redis, keys, tokens, access }: SessionContext) {
    this.#redis = redis;
    this.#keys = keys;
    this.#tokens = tokens;
    this.#access = access;
  }

  /** Answers the id of the new session. */
  async begin(owner: SessionOwner, means: Session['with']): Promise<string> {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const session: Session = {
      v: 1,
      name: owner.name,
      role: owner.role,
      with: means,
      seal: this.#seal(means, owner.name, id) ?? '',
      ends_at_ms: Date.now() + this.#access.sessionLifetimeMs,
    };
    await this.#redis.set(this.#key(id), JSON.stringify(session), 'PX', this.#access.sessionIdleMs);
    return id;
  }

  /** Whose session it is, or null when it has ended. Being asked for makes it last its idle time again. */
  async ownerOf(id: string): Promise<SessionOwner | null> {
    if (!ID.test(id)) return null;
    const text = await this.#redis.getex(this.#key(id), 'PX', this.#access.sessionIdleMs);
    if (text === null) return null;
    const owner = this.#ownerNow(id, SessionSchema.parse(JSON.parse(text)));
    if (owner === null) await this.end(id);
    return owner;
  }

  async end(id: string): Promise<void> {
    if (ID.test(id)) await this.#redis.unlink(this.#key(id));
  }

  #ownerNow(id: string, session: Session): SessionOwner | null {
    if (Date.now() >= session.ends_at_ms) return null;
    // The role is that of the token today; a provider is asked only at the sign-in.
    if (session.with === 'token') return this.#tokens.ownerOfSeal(session.name, id, session.seal);
    return session.seal === this.#seal('oidc', session.name, id) ? session : null;
  }

  #seal(means: Session['with'], name: string, id: string): string | null {
    return means === 'token' ? this.#tokens.seal(name, id) : (this.#access.oidc?.issuer ?? null);
  }

  #key(id: string): string {
    return this.#keys.session(createHash('sha256').update(id).digest('hex'));
  }
}
