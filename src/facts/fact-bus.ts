import type { Fact } from './fact.ts';

type Listener = (fact: Fact) => void;

/** Carries facts from the code that emits them to whoever listens, in the same process and at once. */
export class FactBus {
  readonly #listeners = new Set<Listener>();

  emit(fact: Fact): void {
    for (const listener of this.#listeners) listener(fact);
  }

  /** Answers the function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
