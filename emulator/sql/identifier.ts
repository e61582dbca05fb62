/** An identifier as DuckDB reads it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal as DuckDB reads it: no escapes but the doubled quote. */
export function quoteString(value: string): string {
  if (!value.includes('\0')) return `'${value.replaceAll("'", "''")}'`;
  return `(${value.split('\0').map(quoteString).join(' || chr(0) || ')})`;
}

/** A name as Databricks prints it in messages. */
export function backquote(parts: readonly string[]): string {
  return parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');
}
