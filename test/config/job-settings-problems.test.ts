// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own references are written so
import { ConfigFolder, type Given, type ProblemCase, yaml } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

function settings(text: string): Given {
  return yaml(`resources:\n  jobs:\n    load: { ${text} }\n`);
}

describe('a bad definition of a job is refused with its name, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    [
      'too many runs',
      settings('max_concurrent_runs: 1001'),
      'backfill.yaml:3 resources.jobs.load.max_concurrent_runs',
      '1001',
      'from 0 to 1000',
    ],
    [
      'runs as text',
      settings('max_concurrent_runs: "20"'),
      'resources.jobs.load.max_concurrent_runs',
      '"20"',
      'a whole number',
    ],
    ['tasks as mapping', settings('tasks: {}'), 'resources.jobs.load.tasks', 'a mapping', 'a list'],
    [
      'a task without key',
      settings('tasks: [{}]'),
      'resources.jobs.load.tasks.0.task_key',
      'nothing',
      'names the task',
    ],
    [
      'a number as tag',
      settings('tags: { team: 7 }'),
      'resources.jobs.load.tags.team',
      '7',
      'put it in quotes',
    ],
    [
      'a timeout as text',
      settings('timeout_seconds: 30m'),
      'resources.jobs.load.timeout_seconds',
      '"30m"',
      'a whole number',
    ],
    ['a name as list', settings('name: [a]'), 'resources.jobs.load.name', 'a list', 'a text'],
    [
      'an unset variable',
      settings('name: "x ${env.NOPE}"'),
      'resources.jobs.load.name',
      '${env.NOPE}',
      'environment variable NOPE to be set',
    ],
    [
      'an unknown reference',
      settings('name: "${bundle.target}"'),
      'resources.jobs.load.name',
      '${bundle.target}',
      'a reference that this file resolves',
    ],
    [
      'a misspelt reference',
      yaml(
        'variables: { region: { default: eu } }\nresources: { jobs: { load: { name: "${var.regoin}" } } }',
      ),
      'resources.jobs.load.name',
      '${var.regoin}',
      'Did you mean "var.region"?',
    ],
    [
      'a circle',
      yaml(
        'variables: { a: { default: "${var.b}" }, b: { default: "${var.a}" } }\nresources: { jobs: { load: { name: "${var.a}" } } }',
      ),
      'variables.b.default',
      '${var.a}',
      'a reference',
    ],
    [
      'a secret in the wrong place',
      { ...settings('max_concurrent_runs: "${env.PASSWORD}"'), env: { PASSWORD: 'hush' } },
      'resources.jobs.load.max_concurrent_runs',
      '${env.PASSWORD}',
      'a whole number',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
