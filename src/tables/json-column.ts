/** What a column of JSON text holds; null where it holds none or cannot be read. */
export function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
