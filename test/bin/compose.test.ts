import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const REPO = join(import.meta.dirname, '..', '..');

interface ComposeService {
  readonly volumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const { services } = parse(readFileSync(join(REPO, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<'web' | 'worker', ComposeService>;
};

// One-off commands such as `run --rm web setup` have what the service has.
describe.each(['web', 'worker'] as const)('The container of %s', (name) => {
  const { volumes, environment } = services[name];

  it('reads the backfill.yaml and the notebooks of the folder, and cannot change them', () => {
    const dockerfile = readFileSync(join(REPO, 'Dockerfile'), 'utf8');
    expect(dockerfile.slice(dockerfile.indexOf('AS backfill'))).toContain('WORKDIR /app');
    for (const own of ['backfill.yaml', 'notebooks']) {
      expect(volumes).toContain(`./${own}:/app/${own}:ro`);
      expect(existsSync(join(REPO, own))).toBe(true);
    }
  });

  it('is told of another configuration, its target and the profile to log in with', () => {
    for (const variable of ['BACKFILL_CONFIG', 'DATABRICKS_BUNDLE_TARGET', 'DATABRICKS_CONFIG_PROFILE']) {
      expect(environment).toHaveProperty(variable, `\${${variable}:-}`);
    }
    const profiles = '/home/node/.databrickscfg:ro';
    expect(volumes).toContainEqual(expect.stringMatching(`DATABRICKS_CONFIG_FILE:-/dev/null}:${profiles}$`));
  });

  it('can be given every variable that the examples in deploy name', () => {
    const given = JSON.stringify(services[name]);
    for (const file of ['emulator.env', 'workspace.env.example']) {
      const text = readFileSync(join(REPO, 'deploy', file), 'utf8');
      for (const [, variable = ''] of text.matchAll(/^(?:# )?([A-Z_]+)=/gm)) {
        expect(given).toContain(`\${${variable}:-`);
      }
    }
  });
});

it('lets Prometheus reach web and every worker, with a token', () => {
  const { scrape_configs } = parse(readFileSync(join(REPO, 'deploy', 'prometheus.yaml'), 'utf8')) as {
    scrape_configs: { authorization: object; honor_labels: boolean }[];
  };
  const { web, worker } = services;
  expect([web.environment.BACKFILL_BIND, worker.environment.BACKFILL_BIND]).toEqual(['0.0.0.0', '0.0.0.0']);
  const authorization = { credentials_file: '/etc/prometheus/backfill-token' };
  expect(scrape_configs).toMatchObject([
    { honor_labels: true, authorization, static_configs: [{ targets: ['web:3000'] }] },
    {
      honor_labels: true,
      authorization,
      dns_sd_configs: [
        { names: ['worker'], type: 'A', port: Number(worker.environment.BACKFILL_WORKER_PORT) },
      ],
    },
  ]);
});
