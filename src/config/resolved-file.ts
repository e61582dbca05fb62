import { z } from 'zod';
import { publishPaths } from './bundle/local-path.ts';
import { PresetsSchema, withPresets } from './bundle/presets.ts';
import type { ConfigFile } from './config-file.ts';
import { FileReferences, type ReferenceSources } from './file-references.ts';
import { type BackfillSection, backfillSection, jobSettings } from './file-schema.ts';
import { interpolate } from './interpolation.ts';
import { isMapping } from './mapping.ts';
import { didYouMean, nearMatches } from './near-match.ts';
import type { Problems } from './problems.ts';
import { at, readSection } from './section.ts';

/** The file with its references resolved and its sections checked. */
export interface ResolvedFile {
  readonly backfill: BackfillSection;
  /** `resources.jobs`, verbatim but for the references. */
  readonly jobSettings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Workspace path -> file here, of the files that the tasks of a job name by a relative path; by job. */
  readonly jobFiles: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values that came from the environment -> the reference that stands in the file. */
  readonly confidential: ReadonlyMap<string, string>;
  place(path: readonly PropertyKey[]): string | null;
}

const NO_FILE: ResolvedFile = {
  backfill: {},
  jobSettings: {},
  jobFiles: {},
  confidential: new Map(),
  place: () => null,
};

const HIDDEN = 'a value that is not shown here';

/** Top-level keys of a Databricks bundle, beside our `backfill`. Source: Databricks CLI, bundle schema. */
const BUNDLE_KEYS = [
  'artifacts',
  'bundle',
  'environments',
  'experimental',
  'include',
  'mode',
  'permissions',
  'presets',
  'resources',
  'run_as',
  'scripts',
  'sync',
  'targets',
  'variables',
  'workspace',
];

/** Resolves and checks `backfill` and `resources.jobs`; the rest of a bundle is not ours to judge. */
export function resolveFile(
  file: ConfigFile | null,
  sources: Omit<ReferenceSources, 'content'>,
  problems: Problems,
): ResolvedFile {
  if (file === null) return NO_FILE;
  reportMisspelt(file, problems);

  const report = (path: readonly PropertyKey[], found: string, expected: string): void => {
    const raw = at(file.content, path);
    // What a reference stands for may be a secret of the environment, so the reference is shown in its place.
    const isReference = typeof raw === 'string' && raw.includes('${');
    const shown = isReference ? JSON.stringify(raw) : isConfidential(path, raw) ? HIDDEN : found;
    problems.add({ name: path.join('.'), place: file.place(path), found: shown, expected });
  };
  const references = new FileReferences({ ...sources, content: file.content }, report);
  const resolvedSection = <S extends z.ZodType>(schema: S, ...base: string[]): z.output<S> => {
    const raw = at(file.content, base) ?? {};
    const resolved = interpolate(raw, references, report, base);
    return readSection(schema, typeof resolved === 'symbol' ? {} : resolved, (path, found, expected) =>
      report([...base, ...path], found, expected),
    );
  };

  const backfill = resolvedSection(backfillSection, 'backfill');
  const declared = resolvedSection(z.record(z.string(), jobSettings), 'resources', 'jobs');
  const presets = resolvedSection(PresetsSchema, 'presets');
  // Looked up only for a relative path: it may need what only such a path has to have.
  const filePath = () => String(references.lookUp('workspace.file_path') ?? '');
  const published = Object.entries(declared).map(([key, settings]) => {
    const wanted = withPresets(key, settings, file.content.mode, presets);
    const reportIn: typeof report = (path, ...found) => report(['resources', 'jobs', key, ...path], ...found);
    return [key, publishPaths(wanted, { directory: file.directory, filePath }, reportIn)] as const;
  });
  return {
    backfill,
    jobSettings: Object.fromEntries(published.map(([key, { settings }]) => [key, settings])),
    jobFiles: Object.fromEntries(published.map(([key, { files }]) => [key, files])),
    confidential: references.confidential,
    place: (path) => file.place(path),
  };
}

/** Values of alert channels and of lineage are secrets, or hold some: an address may have its token in it. */
function isConfidential(path: readonly PropertyKey[], raw: unknown): boolean {
  const [, section, part] = path;
  return typeof raw === 'string' && (section === 'lineage' || (section === 'alerts' && part === 'channels'));
}

function reportMisspelt(file: ConfigFile, problems: Problems): void {
  const { resources } = file.content;
  const candidates: [string[], string[]][] = Object.keys(file.content).map((key) => [
    [key],
    ['backfill', ...BUNDLE_KEYS],
  ]);
  if (isMapping(resources)) {
    candidates.push(
      ...Object.keys(resources).map((key): [string[], string[]] => [['resources', key], ['jobs']]),
    );
  }
  for (const [path, known] of candidates) {
    const key = path.at(-1) ?? '';
    if (known.includes(key) || nearMatches(key, known).length === 0) continue;
    problems.add({
      name: path.join('.'),
      place: file.place(path),
      found: 'a key that nothing reads',
      expected: `another name.${didYouMean(key, known)}`,
    });
  }
}
