import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'ini';
import { isMapping } from './mapping.ts';
import { didYouMean } from './near-match.ts';
import type { Problems } from './problems.ts';

export interface ProfileChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeDir: string;
}

/** A profile of `~/.databrickscfg`: its keys as they stand. */
export interface Profile {
  readonly name: string;
  /** Whether somebody asked for this profile, so that its faults are theirs to hear of. */
  readonly isNamed: boolean;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The profile of `DATABRICKS_CONFIG_PROFILE`, else `default_profile` of `[__settings__]`, else `[DEFAULT]`,
 * from `DATABRICKS_CONFIG_FILE` or `~/.databrickscfg`; null if there is none and none was named. Keys of
 * `[DEFAULT]` are not merged into others. Source: databricks-sdk-py, config.py.
 */
export function readProfile(choice: ProfileChoice, problems: Problems): Profile | null {
  const named = choice.env.DATABRICKS_CONFIG_PROFILE || undefined;
  const namedFile = choice.env.DATABRICKS_CONFIG_FILE || undefined;
  const path = pathOf(namedFile, choice);
  const sections = readSections(path);
  if (sections === null) {
    if (named !== undefined || namedFile !== undefined) {
      problems.add({
        name: namedFile === undefined ? 'DATABRICKS_CONFIG_PROFILE' : 'DATABRICKS_CONFIG_FILE',
        place: null,
        found: `no readable file ${path}`,
        expected: named === undefined ? 'a file of profiles' : `a file with the profile [${named}]`,
      });
    }
    return null;
  }
  const chosen = named ?? sections.__settings__?.default_profile;
  const name = chosen ?? 'DEFAULT';
  const values = Object.hasOwn(sections, name) && name !== '__settings__' ? sections[name] : undefined;
  if (values !== undefined) return { name, isNamed: chosen !== undefined, values };
  if (chosen !== undefined) {
    const profiles = Object.keys(sections).filter((section) => section !== '__settings__');
    problems.add({
      name: named === undefined ? '[__settings__] default_profile' : 'DATABRICKS_CONFIG_PROFILE',
      place: null,
      found: `"${name}", which ${path} does not have`,
      expected: `one of its profiles: ${profiles.join(', ') || 'there is none'}.${didYouMean(name, profiles)}`,
    });
  }
  return null;
}

function pathOf(file: string | undefined, { cwd, homeDir }: ProfileChoice): string {
  if (file === undefined) return join(homeDir, '.databrickscfg');
  return file.startsWith('~/') ? join(homeDir, file.slice(2)) : resolve(cwd, file);
}

function readSections(path: string): Record<string, Record<string, string>> | null {
  let ini: string;
  try {
    ini = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  // A dot in a section's name would nest it, so dots are escaped as the library wants them.
  const escaped = ini.replace(/^\s*\[([^\]]*)\]/gm, (header) => header.replaceAll('.', '\\.'));
  return Object.fromEntries(
    Object.entries(parse(escaped))
      .filter((entry): entry is [string, Record<string, unknown>] => isMapping(entry[1]))
      .map(([name, values]) => [name.trim(), textValues(values)]),
  );
}

function textValues(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key.toLowerCase(), String(value).trim()]),
  );
}
