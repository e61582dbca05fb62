import { inspect } from 'node:util';
import { describeConfig } from '../../src/config/setting-sources.ts';
import { ConfigFolder, type ProblemCase, yaml } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

const web = (text: string) => yaml(`backfill: { web: { ${text} } }\n`);
const provider = 'issuer: "https://id.example.test", client_id: backfill, role_claim: groups';

describe('who may come in', () => {
  test('an OpenID provider needs its address, a client and the claim that tells roles', () => {
    const { oidc } = folder.load(web(`oidc: { ${provider}, operator_values: [data-ops] }`)).access;
    expect(oidc).toEqual({
      issuer: 'https://id.example.test',
      clientId: 'backfill',
      clientSecret: null,
      scopes: ['openid', 'profile', 'email'],
      nameClaim: 'email',
      roleClaim: 'groups',
      operatorValues: ['data-ops'],
      viewerValues: [],
    });
  });

  test('the secret of the client comes from the environment and is never shown', () => {
    const config = folder.load({
      ...web(`oidc: { ${provider}, viewer_values: [all], client_secret: "\${env.OIDC_SECRET}" }`),
      env: { OIDC_SECRET: 'hush-client' },
    });
    expect(config.access.oidc?.clientSecret?.reveal()).toBe('hush-client');
    expect(JSON.stringify(config) + inspect(config, { depth: null })).not.toContain('hush');
    expect(describeConfig(config)).toContainEqual({
      key: 'backfill.web.oidc',
      value: 'https://id.example.test as backfill',
      source: 'file',
    });
  });

  test('a proxy that is trusted with users opens other addresses than loopback, and header names are the same in any case', () => {
    const given = web(
      'bind: 0.0.0.0, trusted_proxy: { addresses: [10.0.0.0/8, "::1"], user_header: X-Forwarded-User, default_role: viewer }',
    );
    expect(folder.load(given).access.trustedProxy).toEqual({
      addresses: ['10.0.0.0/8', '::1'],
      userHeader: 'x-forwarded-user',
      roleHeader: null,
      operatorValues: ['operator'],
      viewerValues: ['viewer'],
      defaultRole: 'viewer',
    });
  });

  test('a longer idle time lengthens the life of sessions, and no limit of requests is 0', () => {
    const { access } = folder.load(web('session_idle: 7d, requests_per_minute: 0'));
    expect(access).toMatchObject({ sessionIdleMs: 604_800_000, sessionLifetimeMs: 604_800_000 });
    expect(access.requestsPerMinute).toBeNull();
  });
});

describe('a mistake about who may come in is refused with its key:', () => {
  const key = 'backfill.web';
  test.each<ProblemCase>([
    [
      'no client',
      web('oidc: { issuer: "https://id.example.test", role_claim: groups, viewer_values: [a] }'),
      `${key}.oidc.client_id`,
      'nothing',
      'the id that the provider gave',
    ],
    ['no values', web(`oidc: { ${provider} }`), `${key}.oidc.operator_values`, 'nothing', 'viewer_values'],
    [
      'a provider without TLS',
      web('oidc: { issuer: "http://id.example.test", client_id: a, role_claim: b, viewer_values: [c] }'),
      `${key}.oidc.issuer`,
      '"http://id.example.test"',
      'https://',
    ],
    [
      'scopes without openid',
      web(`oidc: { ${provider}, viewer_values: [a], scopes: [email] }`),
      `${key}.oidc.scopes`,
      'email',
      '"openid"',
    ],
    [
      'a secret that is a list',
      web(`oidc: { ${provider}, viewer_values: [a], client_secret: [hush] }`),
      `${key}.oidc.client_secret`,
      'a list',
      'a secret',
    ],
    [
      'a proxy by name',
      web('trusted_proxy: { addresses: [proxy.example.test] }'),
      `${key}.trusted_proxy.addresses.0`,
      '"proxy.example.test"',
      'an IP address or a range',
    ],
    [
      'no address',
      web('trusted_proxy: { user_header: x-user, default_role: viewer }'),
      `${key}.trusted_proxy.addresses`,
      'nothing',
      'the addresses of the proxy',
    ],
    [
      'users without a role',
      web('trusted_proxy: { addresses: [10.0.0.1], user_header: x-user }'),
      `${key}.trusted_proxy.user_header`,
      'x-user',
      'default_role',
    ],
    [
      'a role without users',
      web('trusted_proxy: { addresses: [10.0.0.1], default_role: viewer }'),
      `${key}.trusted_proxy.default_role`,
      'viewer',
      'a user_header',
    ],
    [
      'an idle time above the lifetime',
      web('session_idle: 2d, session_lifetime: 1d'),
      `${key}.session_idle`,
      '2d',
      'at most the session_lifetime',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
