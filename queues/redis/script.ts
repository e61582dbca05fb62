import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { PRELUDE } from '../scripts/prelude.ts';

/**
 * One atomic step on plans. A script gets the key prefix and one JSON object, and answers one JSON value;
 * what it may do to a plan is written in the prelude that all of them share.
 */
export class Script<Arguments extends object, Answer> {
  readonly #lua: string;
  readonly #sha: string;

  constructor(body: string) {
    this.#lua = `${PRELUDE}\n${body}`;
    this.#sha = createHash('sha1').update(this.#lua).digest('hex');
  }

  async run(redis: Redis, prefix: string, args: Arguments): Promise<Answer> {
    const json = JSON.stringify(args);
    const answer = await redis.evalsha(this.#sha, 1, prefix, json).catch((error: Error) => {
      if (!error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.#lua, 1, prefix, json);
    });
    return JSON.parse(String(answer)) as Answer;
  }
}
