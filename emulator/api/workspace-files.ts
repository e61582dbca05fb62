import { z } from 'zod';
import { ApiError, invalidParameter } from '../api-error.ts';
import { type Call, flagSchema, RawAnswer, readBody, readQuery } from '../call.ts';
import { isNotebookSource, NOTEBOOK_LANGUAGES, type NotebookLanguage } from '../runs/notebook.ts';
import type { Workspace } from '../workspace.ts';
import type { WorkspaceObject } from '../workspace-files/workspace-files.ts';

const importSchema = z.object({
  path: z.string().min(1),
  format: z.enum(['SOURCE', 'AUTO', 'RAW', 'HTML', 'JUPYTER', 'DBC', 'R_MARKDOWN']).default('SOURCE'),
  language: z.enum(NOTEBOOK_LANGUAGES).optional(),
  content: z.base64(),
  overwrite: z.boolean().default(false),
});

const LANGUAGE_BY_EXTENSION: Readonly<Record<string, NotebookLanguage>> = {
  '.sql': 'SQL',
  '.py': 'PYTHON',
  '.scala': 'SCALA',
  '.r': 'R',
};

/**
 * SOURCE makes a notebook of the named language; RAW a file; AUTO a notebook, without its extension,
 * where the content begins as an exported notebook does, else a file.
 */
export function importObject(call: Call, workspace: Workspace): void {
  const { path, format, language, content, overwrite } = readBody(call, importSchema);
  const bytes = Buffer.from(content, 'base64');
  switch (format) {
    case 'SOURCE':
      if (language === undefined) throw invalidParameter('The language is required for the SOURCE format.');
      workspace.files.write(path, { objectType: 'NOTEBOOK', language, content: bytes }, overwrite);
      return;
    case 'RAW':
      workspace.files.write(path, { objectType: 'FILE', language: null, content: bytes }, overwrite);
      return;
    case 'AUTO': {
      const extension = /\.\w+$/.exec(path)?.[0] ?? '';
      const guessed = LANGUAGE_BY_EXTENSION[extension.toLowerCase()];
      if (guessed !== undefined && isNotebookSource(bytes.toString('utf8'), guessed)) {
        const notebook = { objectType: 'NOTEBOOK', language: guessed, content: bytes } as const;
        workspace.files.write(path.slice(0, -extension.length), notebook, overwrite);
      } else workspace.files.write(path, { objectType: 'FILE', language: null, content: bytes }, overwrite);
      return;
    }
    default:
      throw new ApiError(501, 'NOT_IMPLEMENTED', `The emulator imports SOURCE, AUTO and RAW, not ${format}.`);
  }
}

const exportSchema = z.object({
  path: z.string().min(1),
  format: z.enum(['SOURCE', 'AUTO', 'RAW']).default('SOURCE'),
  direct_download: flagSchema.default(false),
});

export function exportObject(call: Call, workspace: Workspace) {
  const { path, direct_download } = readQuery(call, exportSchema);
  const object = workspace.files.get(path);
  if (object.objectType === 'DIRECTORY')
    throw invalidParameter(`${path} is a directory; it cannot be exported.`);
  if (direct_download)
    return new RawAnswer(200, { 'content-type': 'application/octet-stream' }, object.content);
  const fileType = object.language === null ? 'file' : object.language.toLowerCase();
  return { content: object.content.toString('base64'), file_type: fileType };
}

const pathSchema = z.object({ path: z.string().min(1) });

export function getStatus(call: Call, workspace: Workspace) {
  return objectView(workspace.files.get(readQuery(call, pathSchema).path));
}

/** `objects` is absent where there is none. */
export function listObjects(call: Call, workspace: Workspace) {
  const objects = workspace.files.list(readQuery(call, pathSchema).path).map(objectView);
  return objects.length === 0 ? {} : { objects };
}

export function makeDirectories(call: Call, workspace: Workspace) {
  workspace.files.makeDirectories(readBody(call, pathSchema).path);
  return {};
}

const deleteSchema = z.object({ path: z.string().min(1), recursive: z.boolean().default(false) });

export function deleteObject(call: Call, workspace: Workspace) {
  const { path, recursive } = readBody(call, deleteSchema);
  workspace.files.delete(path, recursive);
  return {};
}

function objectView(object: WorkspaceObject) {
  return {
    object_type: object.objectType,
    path: object.path,
    object_id: object.objectId,
    resource_id: String(object.objectId),
    ...(object.language !== null && { language: object.language }),
    ...(object.objectType !== 'DIRECTORY' && {
      created_at: object.createdAtMs,
      modified_at: object.modifiedAtMs,
    }),
    ...(object.objectType === 'FILE' && { size: object.content.length }),
  };
}
