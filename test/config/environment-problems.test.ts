import { ConfigFolder, type ProblemCase } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('a bad variable or flag is refused with its name, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    [
      'a port in words',
      { env: { BACKFILL_PORT: 'abc' } },
      'BACKFILL_PORT',
      '"abc"',
      'a port from 0 to 65535',
    ],
    [
      'a port too high',
      { env: { BACKFILL_WORKER_PORT: '65536' } },
      'BACKFILL_WORKER_PORT',
      '"65536"',
      'a port',
    ],
    [
      'a pace below a tenth of a percent',
      { env: { BACKFILL_WATCH_PERCENT: '0.01' } },
      'BACKFILL_WATCH_PERCENT',
      '"0.01"',
      'a number of percent from 0.1 to 50',
    ],
    [
      'a budget of nothing',
      { env: { BACKFILL_REQUESTS_PER_SECOND: '0' } },
      'BACKFILL_REQUESTS_PER_SECOND',
      '"0"',
      'a number of requests a second from 1 to 10000',
    ],
    ['a negative flag', { flags: { workerPort: -1 } }, '--worker-port', '-1', 'a port'],
    ['a log level', { env: { LOG_LEVEL: 'loud' } }, 'LOG_LEVEL', '"loud"', '"debug"'],
    ['a Redis URL', { env: { REDIS_URL: 'http://:hush@x' } }, 'REDIS_URL', 'not shown', 'redis://host:port'],
    ['a prefix', { env: { BACKFILL_REDIS_PREFIX: 'a b' } }, 'BACKFILL_REDIS_PREFIX', '"a b"', 'a prefix'],
    [
      'an injected catalog',
      { env: { BACKFILL_CATALOG: 'a`; DROP' } },
      'BACKFILL_CATALOG',
      'DROP',
      'a name of',
    ],
    ['a URL', { env: { BACKFILL_URL: 'localhost:3000' } }, 'BACKFILL_URL', 'not shown', 'a URL http://'],
    [
      'an open door',
      { env: { BACKFILL_BIND: '0.0.0.0' } },
      'BACKFILL_BIND, BACKFILL_API_TOKENS',
      '0.0.0.0 without any token',
      'loopback',
    ],
    [
      'a host that looks like loopback',
      { flags: { bind: '127.evil.example' } },
      'BACKFILL_BIND',
      '127.evil',
      'loopback',
    ],
    [
      'a role',
      { env: { BACKFILL_API_TOKENS: 'ann:viewer:x,bob:admin:hush' } },
      'BACKFILL_API_TOKENS',
      'an unknown role in entry 2',
      'viewer or operator',
    ],
    [
      'a lone token',
      { env: { BACKFILL_API_TOKENS: 'hush' } },
      'BACKFILL_API_TOKENS',
      'an unknown role in entry 1',
      'name:role:token',
    ],
    [
      'an empty token',
      { env: { BACKFILL_API_TOKENS: 'ann:viewer:' } },
      'BACKFILL_API_TOKENS',
      'no token',
      'name:role:token',
    ],
    [
      'a shared token',
      { env: { BACKFILL_API_TOKENS: 'a:viewer:hush,b:operator:hush' } },
      'BACKFILL_API_TOKENS',
      'a token given before in entry 2',
      'name:role:token',
    ],
    ['a missing file of a flag', { configFile: 'no.yaml' }, '--config', 'ENOENT', 'a YAML file'],
    [
      'a missing file of the variable',
      { env: { BACKFILL_CONFIG: 'no.yaml' } },
      'BACKFILL_CONFIG',
      'no.yaml',
      'a YAML file',
    ],
    ['a folder as file', { configFile: '.' }, '--config', 'EISDIR', 'a YAML file'],
    [
      'a certificate',
      { env: { BACKFILL_CA_CERT: 'ca.pem' }, files: { 'ca.pem': 'no' } },
      'BACKFILL_CA_CERT',
      'ca.pem',
      'a PEM file',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
