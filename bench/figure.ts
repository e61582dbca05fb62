/** What a figure is held to. `of` says which number is: what we measured, or its ratio to the reference. */
export interface Target {
  readonly of: 'ours' | 'ratio';
  readonly most?: number;
  readonly least?: number;
}

/** What the same was measured for that is not us, in the same run. */
export interface Reference {
  readonly name: string;
  readonly value: number;
}

/** One measured figure beside its reference and the target that it must reach. */
export interface Figure {
  readonly suite: string;
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly reference: Reference | null;
  /** Ours / reference. */
  readonly ratio: number | null;
  /** Null for a figure that only explains another one. */
  readonly target: Target | null;
}

type Beside = Partial<Pick<Figure, 'reference' | 'target'>>;

export function figure(
  suite: string,
  name: string,
  [ours, unit]: readonly [number, string],
  { reference = null, target = null }: Beside = {},
): Figure {
  const ratio = reference === null ? null : ours / reference.value;
  return { suite, name, unit, ours, reference, ratio, target };
}

export function isMet({ ours, ratio, target }: Figure): boolean {
  if (target === null) return true;
  const held = target.of === 'ours' ? ours : ratio;
  if (held === null) return false;
  return held <= (target.most ?? Number.POSITIVE_INFINITY) && held >= (target.least ?? -Infinity);
}
