import { BackfillError } from '../errors/backfill-error.ts';

/** Something wrong with the configuration: where it stands, what is there and what should be. */
export interface Problem {
  /** The key (`backfill.catalog`), variable (`BACKFILL_PORT`) or flag (`--port`) to change. */
  readonly name: string;
  /** File and line of a key, `backfill.yaml:12`; null for variables and flags. */
  readonly place: string | null;
  readonly found: string;
  readonly expected: string;
}

/** Gathers every problem, so that one start tells a person all there is to correct. */
export class Problems {
  readonly #problems: Problem[] = [];

  /** Of several problems of one key the first is kept: the others follow from it. */
  add(problem: Problem): void {
    const isKnown = this.#problems.some(
      ({ name, place }) => place !== null && place === problem.place && name === problem.name,
    );
    if (!isKnown) this.#problems.push(problem);
  }

  /** Reports a rule between values, unless one of them is already reported: then the rule may not even be broken. */
  addRule(names: readonly string[], problem: Omit<Problem, 'name' | 'place'>): void {
    if (names.some((name) => this.concerns(name))) return;
    this.add({ name: names.join(', '), place: null, ...problem });
  }

  /** @throws BackfillError `configuration_invalid` with one line a problem, if there is any */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    const lines = this.#problems.map(lineOf);
    const head = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
    throw new BackfillError(
      'configuration_invalid',
      `The configuration has ${head}; correct it and start again:\n${lines.map((line) => `  - ${line}`).join('\n')}`,
      { details: { problems: this.#problems } },
    );
  }

  /** Whether a key, or one beneath it, is already reported. */
  concerns(name: string): boolean {
    return this.#problems.some((problem) => problem.name === name || problem.name.startsWith(`${name}.`));
  }
}

function lineOf({ name, place, found, expected }: Problem): string {
  return `${place === null ? '' : `${place} `}${name}: found ${found}, expected ${expected}`;
}

/** A value as a person would recognise it in a message; long text is cut. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
