const HEADERS = {
  SQL: '-- Databricks notebook source',
  PYTHON: '# Databricks notebook source',
  SCALA: '// Databricks notebook source',
  R: '# Databricks notebook source',
} as const;

export type NotebookLanguage = keyof typeof HEADERS;
export const NOTEBOOK_LANGUAGES = ['SQL', 'PYTHON', 'SCALA', 'R'] as const satisfies NotebookLanguage[];

/** A cell of a SQL notebook: SQL, or something that a `%` magic marks as another language. */
export interface Cell {
  /** `sql`, or the magic's word, such as `md`, `python` or `run`. */
  language: string;
  text: string;
}

/** Whether a source file begins as an exported notebook of that language does. */
export function isNotebookSource(source: string, language: NotebookLanguage): boolean {
  return firstLine(source) === HEADERS[language];
}

/** The cells of a SQL notebook in SOURCE format; empty ones are left out. */
export function sqlCells(source: string): Cell[] {
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (isNotebookSource(source, 'SQL')) lines.shift();
  return lines
    .join('\n')
    .split(/^-- COMMAND -{10,}\s*$/m)
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(cell);
}

function cell(text: string): Cell {
  const magic = /^-- MAGIC %([\w-]+)/m.exec(text);
  if (magic === null) return { language: 'sql', text };
  const body = text.replace(/^-- MAGIC ?/gm, '').replace(/^%[\w-]+ ?/m, '');
  return { language: magic[1] ?? 'sql', text: body };
}

function firstLine(source: string): string {
  return (/^\uFEFF?([^\r\n]*)/.exec(source)?.[1] ?? '').trimEnd();
}
