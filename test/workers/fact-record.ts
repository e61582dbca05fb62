import type { Fact, FactType } from '../../src/facts/fact.ts';

type FactOf<Type extends FactType> = Extract<Fact, { type: Type }>;

/** Facts as they were told, in order. */
export class FactRecord {
  readonly all: Fact[] = [];

  add(fact: Fact): void {
    this.all.push(fact);
  }

  of<Type extends FactType>(type: Type): FactOf<Type>[] {
    return this.all.filter((fact): fact is FactOf<Type> => fact.type === type);
  }

  count(type: FactType): number {
    return this.of(type).length;
  }
}
