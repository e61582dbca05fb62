/** Lua's JSON encoder writes an empty list as an empty object. */
export function listed<Item>(list: readonly Item[] | Record<string, never>): readonly Item[] {
  return Array.isArray(list) ? list : [];
}
