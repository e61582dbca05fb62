import { OauthError } from './api/identity.ts';
import { ApiError } from './api-error.ts';
import { type Call, RawAnswer } from './call.ts';
import type { Router } from './router.ts';
import { stringifyJson } from './wire-json.ts';
import type { Workspace } from './workspace.ts';

/** Answers a call, and tells with every answer which workspace this is, as Databricks does. Never throws. */
export async function dispatch(
  router: Router,
  call: Omit<Call, 'segments' | 'apiVersion'>,
  workspace: Workspace,
): Promise<RawAnswer> {
  const { status, headers, body } = await answerOf(router, call, workspace);
  return new RawAnswer(status, { ...headers, 'x-databricks-org-id': workspace.workspaceId }, body);
}

/** Finds the handler of a call, checks its token and makes its answer. */
async function answerOf(
  router: Router,
  call: Omit<Call, 'segments' | 'apiVersion'>,
  workspace: Workspace,
): Promise<RawAnswer> {
  try {
    const match = router.find(call.method, call.path);
    if (match === null) {
      const message = `The emulator does not implement ${call.method} ${call.path}.`;
      throw new ApiError(501, 'NOT_IMPLEMENTED', message);
    }
    if (match.route.open !== true) workspace.access.check(call.headers.authorization);
    const apiVersion = /^\/api\/(\d\.\d)\//.exec(call.path)?.[1] ?? '';
    const result = await match.route.handler({ ...call, segments: match.segments, apiVersion }, workspace);
    if (result instanceof RawAnswer) return result;
    return result === undefined ? new RawAnswer(200, {}, '') : jsonAnswer(200, result);
  } catch (failure) {
    return errorAnswer(failure);
  }
}

export function jsonAnswer(status: number, body: unknown): RawAnswer {
  return new RawAnswer(status, { 'content-type': 'application/json' }, stringifyJson(body));
}

function errorAnswer(failure: unknown): RawAnswer {
  if (failure instanceof OauthError) {
    return jsonAnswer(failure.status, { error: failure.errorCode, error_description: failure.message });
  }
  if (failure instanceof ApiError) {
    return jsonAnswer(failure.status, { error_code: failure.errorCode, message: failure.message });
  }
  process.stderr.write(`${failure instanceof Error ? failure.stack : failure}\n`);
  return jsonAnswer(500, { error_code: 'INTERNAL_ERROR', message: `The emulator failed: ${failure}` });
}
