import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A value that must not be seen. It prints as a mask wherever it lands (string, JSON, log, inspect),
 * so that only a deliberate `reveal()` at the place of use can leak it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
