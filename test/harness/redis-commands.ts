/** One command on its way to Redis. */
export interface RedisCommand {
  /** Its name and arguments, as text. */
  readonly words: readonly string[];
  /** As it came over the wire. */
  readonly bytes: Buffer;
}

const CRLF = Buffer.from('\r\n');

/**
 * Cuts what a client sends into commands: each an array of bulk strings, the only form that clients use.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
 */
export class RedisCommands {
  #rest: Buffer = Buffer.alloc(0);

  /** The commands that are complete with this chunk. */
  take(chunk: Buffer): RedisCommand[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const commands: RedisCommand[] = [];
    for (let command = this.#next(); command !== null; command = this.#next()) commands.push(command);
    return commands;
  }

  #next(): RedisCommand | null {
    const header = this.#line(0, '*');
    if (header === null) return null;
    const words: string[] = [];
    let at = header.end;
    for (let left = header.value; left > 0; left -= 1) {
      const length = this.#line(at, '$');
      if (length === null || this.#rest.length < length.end + length.value + CRLF.length) return null;
      words.push(this.#rest.toString('utf8', length.end, length.end + length.value));
      at = length.end + length.value + CRLF.length;
    }
    const bytes = this.#rest.subarray(0, at);
    this.#rest = this.#rest.subarray(at);
    return { words, bytes };
  }

  #line(from: number, type: '*' | '$'): { value: number; end: number } | null {
    const end = this.#rest.indexOf(CRLF, from);
    if (end < 0) return null;
    const text = this.#rest.toString('utf8', from, end);
    if (!text.startsWith(type)) throw new Error(`Expected ${type} and a number, not ${text.slice(0, 20)}.`);
    return { value: Number(text.slice(1)), end: end + CRLF.length };
  }
}
