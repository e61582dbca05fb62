import type { ApiToken } from './config.ts';
import type { Problems } from './problems.ts';
import { Secret } from './secret.ts';

const VARIABLE = 'BACKFILL_API_TOKENS';
const EXPECTED = 'name:role:token, separated by commas, with the role viewer or operator';

/**
 * Reads `name:role:token,...`; a token may contain colons, but neither comma nor blank. Nothing of an entry
 * but its number is repeated in a problem, because a mistyped entry may have its token anywhere.
 */
export function readApiTokens(value: string, problems: Problems): ApiToken[] {
  const tokens: ApiToken[] = [];
  for (const [index, entry] of value.split(',').entries()) {
    const [name = '', role, ...rest] = entry.trim().split(':');
    const token = rest.join(':');
    const fault = faultOf(name, role, token, tokens);
    if (fault === null && (role === 'viewer' || role === 'operator')) {
      tokens.push({ name, role, token: new Secret(token) });
    } else {
      problems.add({
        name: VARIABLE,
        place: null,
        found: `${fault} in entry ${index + 1}`,
        expected: EXPECTED,
      });
    }
  }
  return tokens;
}

function faultOf(
  name: string,
  role: string | undefined,
  token: string,
  before: readonly ApiToken[],
): string | null {
  if (!/^[\w.@-]{1,80}$/.test(name)) return 'no usable name (letters, digits, "_", ".", "@" and "-")';
  if (role !== 'viewer' && role !== 'operator') return 'an unknown role';
  if (!/^\S+$/.test(token)) return 'no token, or one with a blank,';
  if (before.some((other) => other.name === name)) return 'a name given before';
  if (before.some((other) => other.token.reveal() === token)) return 'a token given before';
  return null;
}
