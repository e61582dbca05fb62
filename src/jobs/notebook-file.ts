import { readdir, readFile } from 'node:fs/promises';
import { extname, join, posix } from 'node:path';
import type { WireJobSettings } from '../databricks/jobs-api.ts';
import type { NotebookLanguage, WorkspaceFilesApi } from '../databricks/workspace-files-api.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import type { JobDefinition } from './job-definition.ts';

/** A notebook, or a plain file that a task runs, on this machine and where a job expects it in the workspace. */
export interface NotebookFile {
  /** Absolute path in the workspace, from `notebook_path`. */
  readonly path: string;
  /** Null for a plain file. */
  readonly language: NotebookLanguage | null;
  readonly source: string;
}

const LANGUAGES: Readonly<Record<string, NotebookLanguage>> = {
  '.sql': 'SQL',
  '.py': 'PYTHON',
  '.scala': 'SCALA',
  '.r': 'R',
};

/**
 * The notebooks that a job's tasks run and that we have: the file that the configuration names for the path,
 * else the one in `notebooksDir` whose name without extension ends the task's `notebook_path`. Notebooks of
 * a Git source are none of ours.
 *
 * @returns the files, and the workspace paths for which there is no file.
 * @throws BackfillError `configuration_invalid` for a `notebook_path` that is no absolute workspace path, and
 *   for a file that is not here or is no source.
 */
export async function notebookFilesOf(
  { settings, notebookFiles }: Pick<JobDefinition, 'settings' | 'notebookFiles'>,
  notebooksDir: string,
): Promise<{ files: NotebookFile[]; without: string[] }> {
  const names = (await readdir(notebooksDir)).filter((name) => languageOf(name) !== undefined);
  const files: NotebookFile[] = [];
  const without: string[] = [];
  for (const path of notebookPaths(settings)) {
    const name = names.find(
      (candidate) => withoutExtension(candidate) === withoutExtension(posix.basename(path)),
    );
    const file = notebookFiles[path] ?? (name === undefined ? undefined : join(notebooksDir, name));
    const language = file === undefined ? undefined : languageOf(file);
    if (file === undefined) without.push(path);
    else if (language === undefined) throw unfit(file);
    else files.push({ path, language, source: await read(file) });
  }
  for (const [path, file] of Object.entries(notebookFiles)) {
    if (files.every((notebook) => notebook.path !== path)) {
      files.push({ path, language: null, source: await read(file) });
    }
  }
  return { files, without };
}

/** What the workspace has at a path; null for nothing, or for what is neither notebook nor file. */
export async function storedNotebook(
  files: WorkspaceFilesApi,
  path: NotebookFile['path'],
): Promise<NotebookFile | null> {
  const status = await files.getStatus(path);
  if (status === null || !['NOTEBOOK', 'FILE'].includes(status.objectType)) return null;
  return { path, language: status.language, source: await files.exportNotebook(path) };
}

/** Whether two notebooks are the same; line ends and a last newline do not count. */
export function isSameNotebook(one: NotebookFile, other: NotebookFile): boolean {
  return one.language === other.language && comparable(one.source) === comparable(other.source);
}

/** Writes the notebook to the workspace, its folder included. */
export async function importNotebook(files: WorkspaceFilesApi, notebook: NotebookFile): Promise<void> {
  await files.mkdirs(posix.dirname(notebook.path));
  await files.importNotebook(notebook);
}

function notebookPaths(settings: WireJobSettings): Set<string> {
  const listed = Array.isArray(settings.tasks) ? settings.tasks : [];
  const tasks = listed.flatMap((task) => [task, task?.for_each_task?.task]);
  const paths = new Set<string>();
  for (const task of tasks) {
    const notebook = task?.notebook_task;
    const path = notebook?.notebook_path;
    if (typeof path !== 'string' || notebook.source === 'GIT' || settings.git_source !== undefined) continue;
    if (!path.startsWith('/')) {
      throw new BackfillError(
        'configuration_invalid',
        `notebook_path of job "${String(settings.name)}" must be an absolute path of the workspace such as /Shared/databricks-backfill/02_process_data, but is "${path}".`,
        { details: { field: 'notebook_path', path } },
      );
    }
    paths.add(path);
  }
  return paths;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new BackfillError(
      'configuration_invalid',
      `A task of the configuration runs ${file}, which cannot be read here. Correct its path, or apply from where the file is.`,
      { cause, details: { file } },
    );
  }
}

function unfit(file: string): BackfillError {
  return new BackfillError(
    'configuration_invalid',
    `${file} is no notebook as source (${Object.keys(LANGUAGES).join(', ')}), so it is not imported. Export it as a source file, or give notebook_path its absolute path in the workspace.`,
    { details: { file } },
  );
}

function languageOf(fileName: string): NotebookLanguage | undefined {
  return LANGUAGES[extname(fileName).toLowerCase()];
}

function withoutExtension(name: string): string {
  return languageOf(name) === undefined ? name : name.slice(0, -extname(name).length);
}

function comparable(source: string): string {
  return source.replaceAll('\r\n', '\n').trimEnd();
}
