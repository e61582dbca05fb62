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

  /** The dates that facts of this type are about, each once. */
  dates(type: FactType): string[] {
    return [...new Set(this.of(type).map((fact) => ('position_date' in fact ? fact.position_date : '')))];
  }

  count(type: FactType): number {
    return this.of(type).length;
  }
}
