import { ApiError, notFound } from '../api-error.ts';
import type { NotebookLanguage } from '../runs/notebook.ts';

export type ObjectType = 'DIRECTORY' | 'NOTEBOOK' | 'FILE';

/** A notebook, file or directory of the workspace's tree. */
export interface WorkspaceObject {
  readonly path: string;
  readonly objectId: number;
  readonly objectType: ObjectType;
  readonly language: NotebookLanguage | null;
  readonly content: Buffer;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

/** The workspace's tree of notebooks and files. `/Workspace/x` and `/x` are the same object, as in Databricks. */
export class WorkspaceFiles {
  readonly #objects = new Map<string, WorkspaceObject>();
  #nextObjectId = 1;

  constructor(userName: string) {
    for (const path of ['/', '/Shared', '/Users', '/Repos', `/Users/${userName}`])
      this.#put(path, 'DIRECTORY');
  }

  find(path: string): WorkspaceObject | undefined {
    return this.#objects.get(normal(path));
  }

  /** Throws 404 RESOURCE_DOES_NOT_EXIST. */
  get(path: string): WorkspaceObject {
    const object = this.find(path);
    if (object === undefined) throw notFound(`Path (${path}) doesn't exist.`);
    return object;
  }

  /** The objects right under a directory, by path; for anything else, that object alone. */
  list(path: string): WorkspaceObject[] {
    const directory = this.get(path);
    if (directory.objectType !== 'DIRECTORY') return [directory];
    return this.#under(directory.path)
      .filter((object) => parent(object.path) === directory.path)
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Throws 404 without the parent directory, 400 RESOURCE_ALREADY_EXISTS unless it may overwrite. */
  write(
    path: string,
    object: { objectType: 'NOTEBOOK' | 'FILE'; language: NotebookLanguage | null; content: Buffer },
    overwrite: boolean,
  ): void {
    const target = normal(path);
    if (this.#objects.get(parent(target))?.objectType !== 'DIRECTORY') {
      throw notFound(`The parent folder (${parent(target)}) does not exist.`);
    }
    const existing = this.#objects.get(target);
    if (existing !== undefined && (!overwrite || existing.objectType === 'DIRECTORY')) {
      throw alreadyExists(`${target} already exists.`);
    }
    this.#put(target, object.objectType, object.language, object.content);
  }

  /** Makes the directory and those above it; one that is there already is fine. */
  makeDirectories(path: string): void {
    const target = normal(path);
    const segments = target.split('/').filter(Boolean);
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const directory = `/${segments.slice(0, depth).join('/')}`;
      const existing = this.#objects.get(directory);
      if (existing === undefined) this.#put(directory, 'DIRECTORY');
      else if (existing.objectType !== 'DIRECTORY') throw alreadyExists(`${directory} is not a directory.`);
    }
  }

  /** Throws 404, or 400 DIRECTORY_NOT_EMPTY unless `recursive`. */
  delete(path: string, recursive: boolean): void {
    const object = this.get(path);
    const below = this.#under(object.path);
    if (below.length > 0 && !recursive) {
      throw new ApiError(400, 'DIRECTORY_NOT_EMPTY', `Folder (${object.path}) is not empty.`);
    }
    for (const { path: doomed } of [...below, object]) this.#objects.delete(doomed);
  }

  #under(directory: string): WorkspaceObject[] {
    const prefix = directory === '/' ? '/' : `${directory}/`;
    return [...this.#objects.values()].filter(({ path }) => path.startsWith(prefix) && path !== directory);
  }

  #put(
    path: string,
    objectType: ObjectType,
    language: NotebookLanguage | null = null,
    content: Buffer = Buffer.alloc(0),
  ): void {
    const existing = this.#objects.get(path);
    const nowMs = Date.now();
    this.#objects.set(path, {
      path,
      objectId: existing?.objectId ?? this.#nextObjectId++,
      objectType,
      language,
      content,
      createdAtMs: existing?.createdAtMs ?? nowMs,
      modifiedAtMs: nowMs,
    });
  }
}

function normal(path: string): string {
  if (!path.startsWith('/'))
    throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Path (${path}) must be absolute.`);
  const trimmed = path.replace(/\/+$/, '').replace(/^\/Workspace(?=\/|$)/, '');
  return trimmed === '' ? '/' : trimmed;
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function alreadyExists(message: string): ApiError {
  return new ApiError(400, 'RESOURCE_ALREADY_EXISTS', message);
}
