import { z } from 'zod';
import type { QualitySettings } from '../quality/quality-settings.ts';
import { problemOfRule } from '../quality/read-statement.ts';
import { integer, oneOf, tableNamePart, text, type ValueSchema, valueSchema } from './value-schema.ts';

const tableName = valueSchema('the name of a table, with or without catalog and schema', (value) => {
  const parts =
    typeof value === 'string' ? value.split('.').map((part) => part.replace(/^`(.*)`$/, '$1')) : [];
  const fits = parts.length >= 1 && parts.length <= 3;
  return fits && parts.every((part) => tableNamePart.safeParse(part).success) ? String(value) : undefined;
});

const yesOrNo = valueSchema('true or false', (value) => {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
});

const ruleName = text(
  'a name of letters, digits, "_" and "-", up to 80',
  /^(?!__proto__$)[A-Za-z0-9_-]{1,80}$/,
);

/** What is wrong with a rule depends on the rule, so this schema has no one text for it. */
const rule: ValueSchema<string> = z.unknown().transform((value, context): string => {
  const problem = typeof value === 'string' ? problemOfRule(value) : 'the text of a query';
  if (problem === null) return String(value);
  context.issues.push({ code: 'custom', message: problem, input: value });
  return z.NEVER;
});

const columnTypes = z.record(tableNamePart, text('a type such as "bigint"', /^\S.{0,999}$/s));

/** `backfill.jobs.<key>.quality`: what is checked on the warehouse after the success of a run. */
export const qualitySection = z.strictObject({
  source_table: tableName.optional(),
  destination_table: tableName.optional(),
  date_column: tableNamePart.optional(),
  row_count: yesOrNo.optional(),
  minimum_rows: integer(1, 1_000_000_000_000).optional(),
  columns: z
    .union([oneOf('unchanged'), columnTypes], { error: '"unchanged" or a mapping of columns to types' })
    .optional(),
  rules: z.record(ruleName, rule).optional(),
});

export function qualityOf(section: z.output<typeof qualitySection>): QualitySettings {
  return {
    source_table: section.source_table ?? null,
    destination_table: section.destination_table ?? null,
    date_column: section.date_column ?? 'position_date',
    row_count: section.row_count ?? false,
    minimum_rows: section.minimum_rows ?? null,
    columns: section.columns ?? null,
    rules: section.rules ?? {},
  };
}
