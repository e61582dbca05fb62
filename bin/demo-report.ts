import { styleText } from 'node:util';
import type { Terminal } from './terminal.ts';

/** Writes the demo: numbered sections, facts, and what was expected against what came out. */
export class DemoReport {
  readonly terminal: Terminal;
  readonly #startedAtMs = Date.now();
  #section = 0;
  #disappointed: string[] = [];

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  title(text: string): void {
    this.terminal.print(this.#bold(text));
  }

  section(text: string): void {
    this.#section += 1;
    this.terminal.print(`\n${this.#bold(`${this.#section}  ${text}`)}  ${this.#faint(this.elapsed())}`);
  }

  fact(name: string, value: string): void {
    this.terminal.print(`   ${name.padEnd(10)} ${value}`);
  }

  /** A block of lines, indented. */
  block(text: string): void {
    this.terminal.print(text.replaceAll(/^/gm, '   '));
  }

  /** States a result and whether it is the one that must come out. */
  expect(name: string, actual: string, expected: string): void {
    const holds = actual === expected;
    if (!holds) this.#disappointed.push(`${name}: expected ${expected}, got ${actual}`);
    const mark = holds ? this.#style('green', '✓') : this.#style('red', `✗ (expected ${expected})`);
    this.fact(name, `${actual} ${mark}`);
  }

  /** What did not come out as expected. */
  get disappointments(): readonly string[] {
    return this.#disappointed;
  }

  elapsed(): string {
    return `${((Date.now() - this.#startedAtMs) / 1000).toFixed(1)} s`;
  }

  #bold(text: string): string {
    return this.#style('bold', text);
  }

  #faint(text: string): string {
    return this.#style('dim', text);
  }

  #style(format: 'bold' | 'dim' | 'green' | 'red', text: string): string {
    return this.terminal.interactive ? styleText(format, text) : text;
  }
}
