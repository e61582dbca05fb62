import { Registry } from 'prom-client';
import { HealthServer } from '../../bin/health-server.ts';
import { Secret } from '../../src/config/secret.ts';

const TOKENS = [{ name: 'prometheus', role: 'viewer' as const, token: new Secret('viewing') }];

let server: HealthServer;
afterEach(() => server.stop());

async function start(bind: string, tokens: typeof TOKENS): Promise<string> {
  server = new HealthServer({ bind, port: 0, tokens, metrics: new Registry() });
  await server.start();
  return `http://127.0.0.1:${new URL(server.url ?? '').port}`;
}

const ask = (url: string, token?: string) =>
  fetch(`${url}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

test('A worker without tokens tells metrics on loopback only, and says why', async () => {
  expect((await ask(await start('127.0.0.1', []))).status).toBe(200);
  await server.stop();
  const url = await start('0.0.0.0', []);
  const refused = await ask(url);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ message: expect.stringContaining('BACKFILL_API_TOKENS') });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('Whoever sends many wrong tokens to a worker is held back; asking without one is not counted', async () => {
  const url = await start('0.0.0.0', TOKENS);
  for (let i = 0; i < 30; i += 1) expect((await ask(url)).status).toBe(401);
  for (let i = 0; i < 20; i += 1) expect((await ask(url, `wrong${i}`)).status).toBe(401);
  const held = await ask(url, 'viewing');
  expect(held.status).toBe(429);
  expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
});
