import type { Redis } from 'ioredis';
import type { KeySpace } from '../../queues/key-space.ts';
import type { Config } from '../../src/config/config.ts';
import { isOpen } from '../../src/config/config-rules.ts';
import type { FactBus } from '../../src/facts/fact-bus.ts';
import { BearerCallers } from './bearer.ts';
import { FailedSignIns } from './failed-sign-ins.ts';
import { Sessions } from './sessions.ts';
import { TokenBook } from './token-book.ts';

/** What decides about who comes in, shared by authentication and sign-in. */
export interface AccessControl {
  readonly config: Config['access'];
  /** Nothing is asked of anybody, since only this machine can reach us. */
  readonly open: boolean;
  readonly tokens: TokenBook;
  readonly bearers: BearerCallers;
  readonly sessions: Sessions;
  readonly failures: FailedSignIns;
  readonly facts: FactBus;
}

export function accessControl(
  config: Pick<Config, 'access' | 'web'>,
  redis: Redis,
  keys: KeySpace,
  facts: FactBus,
): AccessControl {
  const tokens = new TokenBook(config.web.tokens);
  const failures = new FailedSignIns(redis, keys);
  return {
    config: config.access,
    open: isOpen(config),
    tokens,
    bearers: new BearerCallers(tokens, failures),
    sessions: new Sessions({ redis, keys, tokens, access: config.access }),
    failures,
    facts,
  };
}
