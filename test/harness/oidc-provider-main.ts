import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/**
 * An OpenID provider on this machine, as a process of its own since its package is ESM only. Anybody may sign
 * in; the name says who is in which group. Its first line is `{"issuer"}`.
 */
const [clientSecret = '', claimsIn = 'userinfo'] = process.argv.slice(2);
const GROUPS: Readonly<Record<string, string[]>> = {
  ada: ['staff', 'data-operators'],
  bob: ['data-viewers'],
};

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'backfill',
      client_secret: clientSecret,
      // Of a native client any port of loopback will do: RFC 8252, section 7.3.
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/sign-in/oidc/callback'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  claims: { openid: ['sub'], email: ['email'], groups: ['groups'] },
  scopes: ['openid', 'email', 'groups'],
  conformIdTokenClaims: claimsIn === 'userinfo',
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, email: `${accountId}@example.com`, groups: GROUPS[accountId] ?? [] }),
  }),
});
server.on('request', provider.callback());
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
process.on('SIGTERM', () => process.exit(0));
