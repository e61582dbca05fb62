import { textTable } from '../bin/text-table.ts';
import { type Figure, isMet } from './figure.ts';

/** @param judged Whether targets are shown: figures of the short form are too small to be held to any. */
export function figureTable(figures: readonly Figure[], judged = true): string {
  const rows = figures.map((figure) => {
    const { suite, name, unit, ours, reference, ratio } = figure;
    return [
      `${suite}: ${name}`,
      withUnit(ours, unit),
      reference === null ? '' : `${withUnit(reference.value, unit)} ${reference.name}`,
      ratio === null ? '' : String(rounded(ratio)),
      judged ? targetText(figure) : '',
      judged && figure.target !== null ? (isMet(figure) ? 'yes' : 'NO') : '',
    ];
  });
  const heading = judged ? 'figure' : 'figure (short form: these mean nothing)';
  return textTable([heading, 'ours', 'reference', 'ratio', 'target', 'met'], rows);
}

function targetText({ target, unit }: Figure): string {
  if (target === null) return '';
  const { of, most, least } = target;
  const limit = (sign: string, value: number) =>
    of === 'ratio' ? `ratio ${sign} ${value}` : `${sign} ${withUnit(value, unit)}`;
  return [most === undefined ? '' : limit('<=', most), least === undefined ? '' : limit('>=', least)]
    .filter((text) => text !== '')
    .join(', ');
}

function withUnit(value: number, unit: string): string {
  return `${rounded(value)} ${unit}`.trim();
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
