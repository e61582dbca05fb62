import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const DEPLOY = join(__dirname, '..', '..', 'deploy');
const RULES = 'prometheus-rules.yaml';
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const rules = (
  parse(readFileSync(join(DEPLOY, RULES), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  copyFileSync(join(DEPLOY, RULES), join(folder, RULES));
  copyFileSync(join(__dirname, 'rule-tests.yaml'), join(folder, 'rule-tests.yaml'));
  // The file of the token is that of the machine that scrapes; here is another.
  writeFileSync(join(folder, 'token'), 'viewing');
  const config = readFileSync(join(DEPLOY, 'prometheus.yaml'), 'utf8');
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    config.replaceAll('/etc/prometheus/backfill-token', 'token'),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

// That every name in them is one that we tell is checked in metrics.test.ts, against a real scrape.
test('Every alert rule has a name of its own, a severity and a sentence, and waits a readable time', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const rule of rules) {
    expect(rule.alert).toMatch(/^Backfill[A-Z]\w+$/);
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).not.toBe('');
    expect(rule.for ?? '0m').toMatch(/^\d+[smh]$/);
  }
});

test('Every alert rule but one is tried out with series that set it off', () => {
  const tried = readFileSync(join(__dirname, 'rule-tests.yaml'), 'utf8');
  const untried = rules.map(({ alert }) => alert).filter((name) => !tried.includes(`alertname: ${name}`));
  expect(untried).toEqual(['BackfillReconcileLag']);
});

if (hasPromtool) {
  test.each([
    ['reads the rules', ['check', 'rules', RULES]],
    ['reads what to scrape', ['check', 'config', 'prometheus.yaml']],
    ['raises and holds back the alerts as meant', ['test', 'rules', 'rule-tests.yaml']],
  ])('promtool %s', (_what, args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });
} else {
  test('promtool is not on this machine (apt-get install prometheus): structure and names alone are checked', () => {
    process.stderr.write('promtool is not on PATH: deploy/ is checked without it.\n');
    expect(rules.length).toBeGreaterThan(0);
  });
}
