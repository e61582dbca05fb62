import fc from 'fast-check';
import { stringify } from 'yaml';
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

test('Whatever a file holds, it is read or refused as a whole with its problems, never with a crash', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.record({ backfill: tree, resources: fc.record({ jobs: tree }) }), (content) => {
      // problems() rethrows whatever is no configuration_invalid.
      const lines = folder.problems({ files: { 'backfill.yaml': stringify(content) } });
      outcomes.add(lines.length === 0 ? 'read' : 'refused');
      for (const line of lines) expect(line).toMatch(/^.+: found .+, expected .+/s);
    }),
    { numRuns: 300 },
  );
  expect(outcomes).toEqual(new Set(['read', 'refused']));
});
