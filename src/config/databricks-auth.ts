import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabricksConfig } from './config.ts';
import type { Problems } from './problems.ts';
import { type Profile, type ProfileChoice, readProfile } from './profile-file.ts';
import { Secret } from './secret.ts';

interface Attributes {
  readonly host: string | undefined;
  readonly token: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly warehouseId: string | undefined;
}

/**
 * The connection to the workspace by Databricks' unified authentication: the variables, and for what they
 * leave open the profile. The profile file is not read when host or credentials are set and no profile is
 * named. Null when nothing is configured, and when the profile that nobody named is of no use here.
 * Source: databricks-sdk-py, config.py.
 */
export function readDatabricks(choice: ProfileChoice, problems: Problems): DatabricksConfig | null {
  const { env } = choice;
  const caCert = readCaCert(choice, problems);
  const given: Attributes = {
    host: env.DATABRICKS_HOST || undefined,
    token: env.DATABRICKS_TOKEN || undefined,
    clientId: env.DATABRICKS_CLIENT_ID || undefined,
    clientSecret: env.DATABRICKS_CLIENT_SECRET || undefined,
    warehouseId: env.DATABRICKS_WAREHOUSE_ID || undefined,
  };
  const isSet = [given.host, given.token, given.clientId, given.clientSecret].some(
    (value) => value !== undefined,
  );
  const asksForProfile = Boolean(env.DATABRICKS_CONFIG_PROFILE);
  const profile = asksForProfile || !isSet ? readProfile(choice, problems) : null;
  if (profile === null ? asksForProfile || !isSet : !isSet && !isUsable(profile)) return null;

  const merged = withProfile(given, profile);
  const host = readHost(merged.host, problems);
  const auth = readAuth(merged, profile, problems);
  const warehouseId = readWarehouseId(merged.warehouseId, problems);
  return host === null || auth === null ? null : { host, auth, warehouseId, caCert };
}

function isUsable(profile: Profile | null): boolean {
  if (profile === null) return false;
  const { host, token, client_id } = profile.values;
  return profile.isNamed || Boolean(host && (token || client_id));
}

function withProfile(given: Attributes, profile: Profile | null): Attributes {
  const values = profile?.values ?? {};
  return {
    host: given.host ?? (values.host || undefined),
    token: given.token ?? (values.token || undefined),
    clientId: given.clientId ?? (values.client_id || undefined),
    clientSecret: given.clientSecret ?? (values.client_secret || undefined),
    warehouseId: given.warehouseId ?? (values.warehouse_id || undefined),
  };
}

/** Adds `https://` where there is no scheme and keeps the origin, so a path, a slash and `:443` go. */
function readHost(host: string | undefined, problems: Problems): string | null {
  const expected = 'the URL of the workspace, such as https://adb-1234.5.azuredatabricks.net';
  if (host === undefined) {
    problems.add({ name: 'DATABRICKS_HOST', place: null, found: 'nothing', expected });
    return null;
  }
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(host) ? host : `https://${host}`;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isLoopback = parsed !== null && ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback)) return parsed.origin;
  problems.add({
    name: 'DATABRICKS_HOST',
    place: null,
    found: parsed === null ? 'a text that is no URL' : `the scheme ${parsed.protocol}`,
    expected,
  });
  return null;
}

function readAuth(
  { token, clientId, clientSecret }: Attributes,
  profile: Profile | null,
  problems: Problems,
): DatabricksConfig['auth'] | null {
  const report = (name: string, found: string, expected: string): null => {
    problems.add({ name, place: null, found, expected });
    return null;
  };
  if (token !== undefined && (clientId !== undefined || clientSecret !== undefined)) {
    return report(
      'DATABRICKS_TOKEN, DATABRICKS_CLIENT_ID',
      'more than one authorization method configured: oauth and pat',
      `one of them; unset the other${profile === null ? '' : ` here or in the profile [${profile.name}]`}`,
    );
  }
  if (token !== undefined) return { kind: 'pat', token: new Secret(token) };
  if (clientId !== undefined && clientSecret !== undefined) {
    return { kind: 'oauth-m2m', clientId, clientSecret: new Secret(clientSecret) };
  }
  if (clientId !== undefined)
    return report('DATABRICKS_CLIENT_SECRET', 'nothing', 'the secret of DATABRICKS_CLIENT_ID');
  if (clientSecret !== undefined) {
    return report('DATABRICKS_CLIENT_ID', 'nothing', 'the client that DATABRICKS_CLIENT_SECRET belongs to');
  }
  const authType = profile?.values.auth_type;
  return report(
    profile === null ? 'DATABRICKS_TOKEN' : `profile [${profile.name}]`,
    authType === undefined ? 'no credentials' : `auth_type ${authType}, which this program does not know`,
    'DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or the same keys in the profile',
  );
}

function readWarehouseId(warehouseId: string | undefined, problems: Problems): string | null {
  if (warehouseId === undefined || /^[A-Za-z0-9_-]{1,64}$/.test(warehouseId)) return warehouseId ?? null;
  problems.add({
    name: 'DATABRICKS_WAREHOUSE_ID',
    place: null,
    found: JSON.stringify(warehouseId.slice(0, 80)),
    expected: 'the id of a SQL warehouse: letters, digits, "_" and "-"',
  });
  return null;
}

function readCaCert({ env, cwd }: ProfileChoice, problems: Problems): string | null {
  if (!env.BACKFILL_CA_CERT) return null;
  const path = resolve(cwd, env.BACKFILL_CA_CERT);
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch {
    problems.add({
      name: 'BACKFILL_CA_CERT',
      place: null,
      found: `no readable certificate at ${path}`,
      expected: 'a PEM file with the certificates to trust',
    });
    return null;
  }
}
