import { textTable } from '../bin/text-table.ts';

/** One measured figure beside the target that it must reach. */
export interface Figure {
  readonly suite: string;
  readonly name: string;
  readonly measured: number;
  /** The most that it may be; null for a figure that only explains another one. */
  readonly target: number | null;
  readonly unit: string;
}

export function isMet({ measured, target }: Figure): boolean {
  return target === null || measured <= target;
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { suite, name, measured, target, unit } = figure;
    const limit = target === null ? '' : `<= ${target}`;
    const verdict = target === null ? '' : isMet(figure) ? 'yes' : 'NO';
    return [suite, name, `${rounded(measured)} ${unit}`.trim(), limit, verdict];
  });
  return textTable(['suite', 'figure', 'measured', 'target', 'met'], rows);
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
