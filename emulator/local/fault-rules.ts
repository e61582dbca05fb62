import type { Fault } from './fault-rule.ts';
import { matches } from './fault-rule.ts';

interface Rule {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
  hits: number;
}

/** The faults in force, and the answers that a `hold` keeps back. */
export class FaultRules {
  readonly #rules: Rule[] = [];
  readonly #held = new Set<() => void>();
  #nextId = 1;

  add(fault: Fault): number {
    const id = this.#nextId++;
    this.#rules.push({ id, fault, seen: 0, hits: 0 });
    return id;
  }

  /** The fault that hits this request, if any; counts it. */
  take(method: string, path: string): Fault | null {
    for (const rule of this.#rules) {
      if (!matches(rule.fault, method, path)) continue;
      if (rule.fault.times !== null && rule.hits >= rule.fault.times) continue;
      rule.seen += 1;
      if (rule.seen <= rule.fault.skip_first) continue;
      rule.hits += 1;
      return rule.fault;
    }
    return null;
  }

  /** Resolves at the next release, or when the caller gives up. */
  hold(gaveUp: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const letGo = () => {
        this.#held.delete(letGo);
        gaveUp.removeEventListener('abort', letGo);
        resolve();
      };
      this.#held.add(letGo);
      gaveUp.addEventListener('abort', letGo);
      if (gaveUp.aborted) letGo();
    });
  }

  /** Lets every held answer go and tells how many there were. Rules stay in force. */
  release(): number {
    const held = [...this.#held];
    for (const letGo of held) letGo();
    return held.length;
  }

  /** Forgets every rule and lets every held answer go. */
  clear(): void {
    this.#rules.length = 0;
    this.release();
  }

  list() {
    return {
      held: this.#held.size,
      faults: this.#rules.map(({ id, fault, seen, hits }) => ({ id, seen, hits, ...fault })),
    };
  }
}
