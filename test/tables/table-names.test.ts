import { BackfillError } from '../../src/errors/backfill-error.ts';
import { createTableStatement } from '../../src/tables/table-definition.ts';
import { TableNames } from '../../src/tables/table-names.ts';

describe('Names of tables', () => {
  it('come from the configured catalog and schema, each part in backquotes', () => {
    const names = TableNames.from({ catalog: 'main', schema: 'prod-1' });
    expect(names.backfillLog).toBe('`main`.`prod-1`.`backfill_log`');
    expect(names.of('destination_data')).toBe('`main`.`prod-1`.`destination_data`');
    expect(names.informationSchema('columns')).toBe('`main`.information_schema.columns');
  });

  it.each([
    'a`; DROP SCHEMA demos; --',
    'a.b',
    'a b',
    "a'b",
    'a"b',
    'a\nb',
    'a\u0000b',
    '',
    'x'.repeat(256),
    'a/*',
  ])('that could leave their quotes are refused: %j', (name) => {
    for (const tables of [
      { catalog: name, schema: 'ok' },
      { catalog: 'ok', schema: name },
    ]) {
      expect(() => TableNames.from(tables)).toThrow(
        expect.objectContaining({
          code: 'configuration_invalid',
          details: expect.objectContaining({ field: expect.any(String) }),
        }),
      );
    }
  });

  it('that are refused are named together with what is expected', () => {
    const refused = (() => {
      try {
        return TableNames.from({ catalog: 'ok', schema: 'a.b' });
      } catch (failure) {
        return failure;
      }
    })();
    expect(refused).toBeInstanceOf(BackfillError);
    expect(String(refused)).toMatch(/schema must be a name of letters, digits.*"a\.b".*change it/);
  });

  it('take letters of any script, which Unity Catalog allows', () => {
    expect(TableNames.from({ catalog: 'daten_größe', schema: '表' }).quotedSchema).toBe('`daten_größe`.`表`');
  });
});

describe('The layout of destination_data', () => {
  const names = TableNames.from({ catalog: 'c', schema: 's' });

  it('is partitioned by position_date unless clustering is chosen', () => {
    expect(createTableStatement(names, 'destination_data', 'partition')).toContain(
      'PARTITIONED BY (position_date)',
    );
    const clustered = createTableStatement(names, 'destination_data', 'cluster');
    expect(clustered).toContain('CLUSTER BY (position_date)');
    expect(clustered).not.toContain('PARTITIONED');
  });
});
