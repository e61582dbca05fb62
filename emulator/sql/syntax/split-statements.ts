import { tokenize } from './tokenizer.ts';

/** The statements of a script, cut at semicolons outside strings and comments; empty ones are left out. */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let from = 0;
  let filled = false;
  const end = (to: number) => {
    if (filled) statements.push(script.slice(from, to).trim());
    filled = false;
  };
  for (const token of tokenize(script)) {
    if (token.kind === 'op' && token.value === ';') {
      end(token.start);
      from = token.end;
    } else filled = true;
  }
  end(script.length);
  return statements;
}
