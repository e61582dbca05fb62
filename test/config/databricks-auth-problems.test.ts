import { ConfigFolder, type ProblemCase } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('a bad connection to the workspace is refused with its name, what was found and what was expected:', () => {
  test.each<ProblemCase>([
    [
      'two ways to sign in',
      {
        env: {
          DATABRICKS_HOST: 'h',
          DATABRICKS_TOKEN: 'hush',
          DATABRICKS_CLIENT_ID: 'c',
          DATABRICKS_CLIENT_SECRET: 'hush',
        },
      },
      'DATABRICKS_TOKEN, DATABRICKS_CLIENT_ID',
      'more than one authorization method configured: oauth and pat',
      'one of them',
    ],
    [
      'a host without credentials',
      { env: { DATABRICKS_HOST: 'h' } },
      'DATABRICKS_TOKEN',
      'no credentials',
      'DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET',
    ],
    [
      'credentials without a host',
      { env: { DATABRICKS_TOKEN: 'hush' } },
      'DATABRICKS_HOST',
      'nothing',
      'the URL of the workspace',
    ],
    [
      'a client without secret',
      { env: { DATABRICKS_HOST: 'h', DATABRICKS_CLIENT_ID: 'c' } },
      'DATABRICKS_CLIENT_SECRET',
      'nothing',
      'the secret of',
    ],
    [
      'a secret without client',
      { env: { DATABRICKS_HOST: 'h', DATABRICKS_CLIENT_SECRET: 'hush' } },
      'DATABRICKS_CLIENT_ID',
      'nothing',
      'the client',
    ],
    [
      'a token in clear',
      { env: { DATABRICKS_HOST: 'http://adb.example', DATABRICKS_TOKEN: 'hush' } },
      'DATABRICKS_HOST',
      'the scheme http:',
      'https://',
    ],
    [
      'a warehouse',
      { env: { DATABRICKS_HOST: 'h', DATABRICKS_TOKEN: 'hush', DATABRICKS_WAREHOUSE_ID: '../x' } },
      'DATABRICKS_WAREHOUSE_ID',
      '"../x"',
      'the id of a SQL warehouse',
    ],
    [
      'a profile without a file',
      { env: { DATABRICKS_CONFIG_PROFILE: 'prod' } },
      'DATABRICKS_CONFIG_PROFILE',
      'no readable file',
      '[prod]',
    ],
    [
      'a file of profiles that is missing',
      { env: { DATABRICKS_CONFIG_FILE: 'cfg' } },
      'DATABRICKS_CONFIG_FILE',
      'no readable file',
      'a file of profiles',
    ],
    [
      'a missing profile',
      { env: { DATABRICKS_CONFIG_PROFILE: 'prd' }, files: { '.databrickscfg': '[prod]\nhost = h\n' } },
      'DATABRICKS_CONFIG_PROFILE',
      '"prd"',
      'Did you mean "prod"?',
    ],
    [
      'a missing default profile',
      { files: { '.databrickscfg': '[__settings__]\ndefault_profile = prod\n' } },
      'default_profile',
      '"prod"',
      'there is none',
    ],
    [
      'a sign-in of another tool',
      {
        env: { DATABRICKS_CONFIG_PROFILE: 'dev' },
        files: { '.databrickscfg': '[dev]\nhost = h\nauth_type = databricks-cli\n' },
      },
      'profile [dev]',
      'auth_type databricks-cli',
      'DATABRICKS_TOKEN',
    ],
  ])('%s', (...problemCase) => folder.expectProblem(problemCase));
});
