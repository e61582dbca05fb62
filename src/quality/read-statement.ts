/** Comments, quoted text and quoted names: where words and signs mean nothing. */
const OPAQUE = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g;

const READS = /^\s*\(*\s*(?:select|with|from|values)\b/i;

/** `:name`, but neither `::type` nor a path `column:field`. */
const PARAMETER = /(?<![\w:`)\]]):(\w+)/g;

/** Parameters that a rule may name. */
export const RULE_PARAMETERS: readonly string[] = ['position_date', 'position_end_date'];

/**
 * What keeps a text from being one statement that only reads, as far as its words tell; null for none. A
 * rule is run as a subquery besides, so that the grammar admits nothing else.
 */
export function problemOfRule(sql: string): string | null {
  const words = withoutEnd(sql).replace(OPAQUE, (text) => (/^['"`]/.test(text) ? '_' : ' '));
  if (words.includes(';')) return 'one statement';
  if (!READS.test(words)) return 'a query, which begins with SELECT, WITH, FROM or VALUES';
  const names = [...words.matchAll(PARAMETER)].map(([, name = '']) => name);
  const unknown = names.find((name) => !RULE_PARAMETERS.includes(name));
  if (unknown === undefined) return null;
  return `no parameter but ${RULE_PARAMETERS.map((name) => `:${name}`).join(' and ')}, where it has :${unknown}`;
}

/** The statement without the semicolon at its end. */
export function withoutEnd(sql: string): string {
  return sql.replace(/;\s*$/, '').trim();
}
