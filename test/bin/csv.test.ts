import { csvText } from '../../bin/csv.ts';

test('CSV is quoted where needed, empty for null, and no formula for a spreadsheet', () => {
  const rows = [
    { a: 'x,y', b: 'say "no"', c: null },
    { a: 'two\nlines', b: '=HYPERLINK("http://evil")', c: 7 },
    { a: '@x', b: '-1', c: undefined },
  ];
  expect(csvText(['a', 'b', 'c'], rows)).toBe(
    ['a,b,c', '"x,y","say ""no""",', '"two\nlines","\'=HYPERLINK(""http://evil"")",7', "'@x,'-1,"].join('\n'),
  );
  expect(csvText(['a'], [{ a: 1 }], { header: false })).toBe('1');
  expect(csvText(['a', 'b'], [])).toBe('a,b');
});
