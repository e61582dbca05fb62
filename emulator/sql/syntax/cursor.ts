import { syntaxError } from '../sql-error.ts';
import { type Group, isOp, isParens, isWord, type Node, textOf } from './node.ts';

/** Reads a list of nodes from left to right. Every `expect…` throws PARSE_SYNTAX_ERROR at what it meets instead. */
export class Cursor {
  readonly #nodes: readonly Node[];
  #index = 0;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  get atEnd(): boolean {
    return this.#index >= this.#nodes.length;
  }

  peek(ahead = 0): Node | undefined {
    return this.#nodes[this.#index + ahead];
  }

  next(): Node {
    const node = this.#nodes[this.#index];
    if (node === undefined) throw syntaxError('');
    this.#index += 1;
    return node;
  }

  /** Does this sequence of words come next? Takes nothing. */
  sees(...words: string[]): boolean {
    return words.every((word, i) => isWord(this.peek(i), word));
  }

  /** Takes this sequence of words if it comes next. */
  accept(...words: string[]): boolean {
    if (!this.sees(...words)) return false;
    this.#index += words.length;
    return true;
  }

  acceptOp(value: string): boolean {
    if (!isOp(this.peek(), value)) return false;
    this.#index += 1;
    return true;
  }

  expect(...words: string[]): void {
    for (const word of words)
      if (!this.accept(word)) throw syntaxError(textOf(this.peek()), `Expected ${word}.`);
  }

  expectOp(value: string): void {
    if (!this.acceptOp(value)) throw syntaxError(textOf(this.peek()), `Expected '${value}'.`);
  }

  /** A name, quoted or not. */
  expectIdentifier(): string {
    const node = this.peek();
    if (node?.kind !== 'word' && node?.kind !== 'quoted') throw syntaxError(textOf(node), 'Expected a name.');
    this.#index += 1;
    return node.value;
  }

  /** `a`, `a.b` or `a.b.c`. */
  expectName(): string[] {
    const parts = [this.expectIdentifier()];
    while (this.acceptOp('.')) parts.push(this.expectIdentifier());
    return parts;
  }

  expectString(): string {
    const node = this.next();
    if (node.kind === 'string') return node.value;
    if (node.kind === 'literal' && node.value !== null) return node.value;
    throw syntaxError(textOf(node), 'Expected a string.');
  }

  expectParens(): Group {
    const node = this.next();
    if (!isParens(node)) throw syntaxError(textOf(node), "Expected '('.");
    return node;
  }

  /** Takes a group in round brackets if it comes next. */
  acceptParens(): Group | null {
    const node = this.peek();
    if (!isParens(node)) return null;
    this.#index += 1;
    return node;
  }

  expectEnd(): void {
    if (!this.atEnd) throw syntaxError(textOf(this.peek()));
  }

  /** Takes nodes until one of these words, or the end. */
  until(...words: string[]): Node[] {
    const taken: Node[] = [];
    while (!this.atEnd && !isWord(this.peek(), ...words)) taken.push(this.next());
    return taken;
  }

  rest(): Node[] {
    const taken = this.#nodes.slice(this.#index);
    this.#index = this.#nodes.length;
    return [...taken];
  }
}
