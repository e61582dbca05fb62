import { RunningCommand } from './command.ts';

export interface OidcProvider {
  readonly issuer: string;
  readonly clientSecret: string;
  stop(): Promise<void>;
}

/**
 * A real OpenID provider at loopback with the client `backfill`. `ada` is in the groups `staff` and
 * `data-operators`, `bob` in `data-viewers`, everybody else in none. Stop it in afterAll.
 */
export async function startOidcProvider(
  claimsIn: 'id_token' | 'userinfo' = 'userinfo',
): Promise<OidcProvider> {
  const clientSecret = 'client-secret-of-this-test';
  const command = new RunningCommand([clientSecret, claimsIn], {
    script: 'test/harness/oidc-provider-main.ts',
  });
  await command.untilSaid(/"issuer":"[^"]+"/);
  const [, issuer = ''] = /"issuer":"([^"]+)"/.exec(command.said) ?? [];
  return {
    issuer,
    clientSecret,
    stop: async () => {
      await command.stop();
    },
  };
}
