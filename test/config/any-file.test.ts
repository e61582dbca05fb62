import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { ConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const keys = fc.constantFrom(
  'backfill',
  'resources',
  'jobs',
  'worker',
  'calendars',
  'tasks',
  'parameters',
  'add',
  'desk',
  'country',
  'calendar',
  'variables',
  '__proto__',
  'constructor',
);
const scalars = fc.oneof(
  fc.constantFrom('US', '30s', '$' + '{env.X:-}', '$' + '{var.a}', '$' + '{}', '2024-06-03', ''),
  fc.jsonValue({ maxDepth: 0 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 6, withCrossShrink: true }, scalars, tie('list'), tie('mapping')),
  list: fc.array(tie('tree'), { maxLength: 3 }),
  mapping: fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
}));

const shipped: unknown = parse(readFileSync(join(import.meta.dirname, '..', '..', 'backfill.yaml'), 'utf8'));

type Place = readonly (string | number)[];

/** Where a value stands in the document: the document itself, each mapping, list and scalar. */
function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [place, ...inner.flatMap(([key, part]) => placesIn(part, [...place, key]))];
}

function replaced(value: unknown, [key, ...rest]: Place, part: unknown): unknown {
  if (key === undefined) return part;
  if (Array.isArray(value)) return value.map((item, at) => (at === key ? replaced(item, rest, part) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [
      name,
      name === key ? replaced(item, rest, part) : item,
    ]),
  );
}

const anything = fc.record({ backfill: tree, resources: fc.record({ jobs: tree }) });
const nearlyShipped = fc
  .record({ place: fc.constantFrom(...placesIn(shipped)), part: tree })
  .map(({ place, part }) => replaced(shipped, place, part));

test('Whatever a file holds, it is read or refused as a whole with its problems, never with a crash', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.oneof(anything, nearlyShipped), (content) => {
      // problems() rethrows whatever is no configuration_invalid.
      const lines = folder.problems({ files: { 'backfill.yaml': stringify(content) } });
      outcomes.add(lines.length === 0 ? 'read' : 'refused');
      for (const line of lines) expect(line).toMatch(/^.+: found .+, expected .+/s);
    }),
    // Both outcomes are certain by these two: random files alone may all be refused.
    { numRuns: 600, examples: [[shipped], [{ backfill: 1 }]] },
  );
  expect(outcomes).toEqual(new Set(['read', 'refused']));
});
