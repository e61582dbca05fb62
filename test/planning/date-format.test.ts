import fc from 'fast-check';
import { formatDate, isDateFormat } from '../../src/planning/date-format.ts';

describe('A date is written for its job', () => {
  it.each([
    ['yyyy-MM-dd', '2024-06-03'],
    ['yyyyMMdd', '20240603'],
    ['dd/MM/yyyy', '03/06/2024'],
    ['M/d/yy', '6/3/24'],
    ["yyyy-MM-dd'T'00:00:00'Z'", '2024-06-03T00:00:00Z'],
    ["dd 'o''clock' MM.yyyy", "03 o'clock 06.2024"],
  ])('as %s', (format, written) => {
    expect(isDateFormat(format)).toBe(true);
    expect(formatDate('2024-06-03', format)).toBe(written);
  });

  it('as YYYY-MM-DD where its job does not say how', () => {
    expect(formatDate('2024-06-03')).toBe('2024-06-03');
  });

  it.each([
    'yyyy-mm-dd',
    'YYYY-MM-DD',
    'yyyy-MM',
    'yyyyMMddHH',
    'yyyy-MM-dd-dd',
    'yyyyMd',
    'dyyyyMM',
    'yyyy-MM-d0',
    "yyyy-MM-dd'",
    '',
  ])('but never in the format %j, which is misspelt or takes two dates for one', (format) => {
    expect(isDateFormat(format)).toBe(false);
  });

  it('so that no two dates of a century look the same', () => {
    const piece = fc.constantFrom('yyyy', 'yy', 'MM', 'M', 'dd', 'd', '-', '/', '', '1', "'7'");
    const date = fc
      .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((instant) => instant.toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 3, maxLength: 7 }), date, date, (pieces, one, other) => {
        const format = pieces.join('');
        fc.pre(isDateFormat(format) && one !== other);
        expect(formatDate(one, format)).not.toBe(formatDate(other, format));
      }),
      { numRuns: 300, maxSkipsPerRun: 10_000 },
    );
  });
});
