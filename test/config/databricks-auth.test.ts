import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { ConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const PROFILES = `
; comment
[DEFAULT]
host = https://default.cloud.databricks.com
token = default-token
warehouse_id = abc123

[prod.eu]
host = prod.azuredatabricks.net/
client_id = client
client_secret = client-secret

[bare]
token = bare-token

[__settings__]
`;

function connection(env: Record<string, string>, profiles: string | null = PROFILES) {
  const { databricks } = folder.load({ env, files: profiles === null ? {} : { '.databrickscfg': profiles } });
  if (databricks === null) return null;
  const { auth, ...rest } = databricks;
  return auth.kind === 'pat'
    ? { ...rest, token: auth.token.reveal() }
    : { ...rest, clientId: auth.clientId, clientSecret: auth.clientSecret.reveal() };
}

describe('the connection to the workspace', () => {
  test('comes from the variables, and the profile file is then not read', () => {
    const env = { DATABRICKS_HOST: 'adb-1.azuredatabricks.net', DATABRICKS_TOKEN: 'mine' };
    expect(connection(env)).toEqual({
      host: 'https://adb-1.azuredatabricks.net',
      token: 'mine',
      warehouseId: null,
      caCert: null,
    });
  });

  test('comes from [DEFAULT] when nothing is said', () => {
    expect(connection({})).toMatchObject({
      host: 'https://default.cloud.databricks.com',
      token: 'default-token',
      warehouseId: 'abc123',
    });
  });

  test('comes from the named profile, with a dot in its name, and [DEFAULT] is not merged into it', () => {
    expect(connection({ DATABRICKS_CONFIG_PROFILE: 'prod.eu' })).toEqual({
      host: 'https://prod.azuredatabricks.net',
      clientId: 'client',
      clientSecret: 'client-secret',
      warehouseId: null,
      caCert: null,
    });
    expect(
      folder.problems({
        env: { DATABRICKS_CONFIG_PROFILE: 'bare' },
        files: { '.databrickscfg': PROFILES },
      }),
    ).toEqual([expect.stringContaining('DATABRICKS_HOST: found nothing')]);
  });

  test('comes from the default profile of the settings before [DEFAULT]', () => {
    expect(connection({}, `${PROFILES}default_profile = prod.eu\n`)).toMatchObject({ clientId: 'client' });
  });

  test('takes a variable above the same key of the named profile', () => {
    const env = {
      DATABRICKS_CONFIG_PROFILE: 'DEFAULT',
      DATABRICKS_TOKEN: 'mine',
      DATABRICKS_WAREHOUSE_ID: 'w1',
    };
    expect(connection(env)).toMatchObject({
      host: 'https://default.cloud.databricks.com',
      token: 'mine',
      warehouseId: 'w1',
    });
  });

  test('reads the profile file of DATABRICKS_CONFIG_FILE, ~ included', () => {
    const files = { 'sub/profiles': '[DEFAULT]\nhost=h\ntoken=other\n' };
    for (const file of ['~/sub/profiles', 'sub/profiles']) {
      const { databricks } = folder.load({ env: { DATABRICKS_CONFIG_FILE: file }, files });
      expect(databricks?.host).toBe('https://h');
    }
  });

  test('is none when nothing is configured, and when a profile that nobody named is of no use here', () => {
    expect(connection({}, null)).toBeNull();
    expect(connection({}, '[DEFAULT]\nhost = h\nauth_type = databricks-cli\n')).toBeNull();
    expect(connection({}, '[other]\nhost = h\ntoken = t\n')).toBeNull();
    expect(connection({ DATABRICKS_WAREHOUSE_ID: 'w1' }, null)).toBeNull();
  });

  test.each([
    ['adb-1.azuredatabricks.net', 'https://adb-1.azuredatabricks.net'],
    ['https://adb-1.azuredatabricks.net/', 'https://adb-1.azuredatabricks.net'],
    ['https://adb-1.azuredatabricks.net:443', 'https://adb-1.azuredatabricks.net'],
    ['https://adb-1.azuredatabricks.net/?o=1234#job', 'https://adb-1.azuredatabricks.net'],
    ['HTTPS://ADB-1.azuredatabricks.net', 'https://adb-1.azuredatabricks.net'],
    ['https://127.0.0.1:8443', 'https://127.0.0.1:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['localhost:8443', 'https://localhost:8443'],
  ])('takes the host %s as %s', (host, origin) => {
    expect(connection({ DATABRICKS_HOST: host, DATABRICKS_TOKEN: 't' })?.host).toBe(origin);
  });

  test('trusts the certificates of BACKFILL_CA_CERT', () => {
    const [pem = ''] = rootCertificates;
    const { databricks } = folder.load({
      env: { DATABRICKS_HOST: 'h', DATABRICKS_TOKEN: 't', BACKFILL_CA_CERT: 'ca.pem' },
      files: { 'ca.pem': `${pem}\n` },
    });
    expect(new X509Certificate(databricks?.caCert ?? '').raw.equals(new X509Certificate(pem).raw)).toBe(true);
  });
});
