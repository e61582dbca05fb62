/**
 * `CREATE WIDGET TEXT name DEFAULT 'value'` and `REMOVE WIDGET name`: statements of notebooks, not of
 * the SQL engine. A created widget is a parameter that has its default unless the run sets it.
 */
export function applyWidgetStatement(statement: string, parameters: Record<string, string>): boolean {
  const created =
    /^\s*CREATE\s+WIDGET\s+(?:TEXT|DROPDOWN|COMBOBOX|MULTISELECT)\s+`?(\w+)`?\s+DEFAULT\s+(?:'((?:[^']|'')*)'|"([^"]*)")/i.exec(
      statement,
    );
  if (created !== null) {
    const [, name = '', single, double] = created;
    parameters[name] ??= (single ?? double ?? '').replaceAll("''", "'");
    return true;
  }
  return /^\s*REMOVE\s+WIDGET\s+/i.test(statement);
}
