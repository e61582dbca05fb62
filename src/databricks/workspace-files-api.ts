import { z } from 'zod';
import { BackfillError } from '../errors/backfill-error.ts';
import type { CallOptions, RestClient } from './rest-client.ts';

export interface WorkspaceObject {
  path: string;
  /** NOTEBOOK, FILE, DIRECTORY, and others. */
  objectType: string;
  language: NotebookLanguage | null;
}

export type NotebookLanguage = 'SQL' | 'PYTHON' | 'SCALA' | 'R';

const WORKSPACE = '/api/2.0/workspace';

const LanguageSchema = z.enum(['SQL', 'PYTHON', 'SCALA', 'R']).nullish().catch(null);
const ObjectSchema = z
  .object({ path: z.string(), object_type: z.string(), language: LanguageSchema })
  .transform(
    (wire): WorkspaceObject => ({
      path: wire.path,
      objectType: wire.object_type,
      language: wire.language ?? null,
    }),
  );
const ListSchema = z.object({ objects: z.array(ObjectSchema).default([]) });
const ExportSchema = z.object({ content: z.string().default('') });
const NothingSchema = z.unknown();

/**
 * Notebooks and folders of the workspace.
 *
 * @see https://docs.databricks.com/api/workspace/workspace
 */
export class WorkspaceFilesApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /**
   * Writes a notebook, or a plain file where there is no language, over whatever of its kind is at that path.
   * Its folder must exist.
   */
  async importNotebook(
    notebook: { path: string; language: NotebookLanguage | null; source: string },
    options?: CallOptions,
  ): Promise<void> {
    const body = {
      path: notebook.path,
      ...(notebook.language === null ? { format: 'RAW' } : { language: notebook.language, format: 'SOURCE' }),
      content: Buffer.from(notebook.source).toString('base64'),
      overwrite: true,
    };
    await this.#rest.post({ path: `${WORKSPACE}/import`, body, idempotent: true }, NothingSchema, options);
  }

  /** The source text of a notebook. */
  async exportNotebook(path: string, options?: CallOptions): Promise<string> {
    const exported = await this.#rest.get(
      `${WORKSPACE}/export`,
      { path, format: 'SOURCE' },
      ExportSchema,
      options,
    );
    return Buffer.from(exported.content, 'base64').toString();
  }

  /** What is at a path, or null when nothing is. */
  async getStatus(path: string, options?: CallOptions): Promise<WorkspaceObject | null> {
    try {
      return await this.#rest.get(`${WORKSPACE}/get-status`, { path }, ObjectSchema, options);
    } catch (thrown) {
      if (thrown instanceof BackfillError && thrown.code === 'workspace_not_found') return null;
      throw thrown;
    }
  }

  async list(path: string, options?: CallOptions): Promise<WorkspaceObject[]> {
    return (await this.#rest.get(`${WORKSPACE}/list`, { path }, ListSchema, options)).objects;
  }

  /** Makes a folder and those above it; one that exists is left as it is. */
  async mkdirs(path: string, options?: CallOptions): Promise<void> {
    const post = { path: `${WORKSPACE}/mkdirs`, body: { path }, idempotent: true };
    await this.#rest.post(post, NothingSchema, options);
  }

  async delete(path: string, options: CallOptions & { recursive?: boolean } = {}): Promise<void> {
    const body = { path, recursive: options.recursive ?? false };
    await this.#rest.post({ path: `${WORKSPACE}/delete`, body, idempotent: false }, NothingSchema, options);
  }
}
