import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Workspace } from '../workspace.ts';

/** SCIM Me. */
export function getMe(_call: Call, workspace: Workspace) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id: '1000000000000001',
    userName: workspace.userName,
    displayName: 'Emulator',
    active: true,
    emails: [{ type: 'work', value: workspace.userName, primary: true }],
  };
}

/** What newer SDKs probe first; no token needed. */
export function getDatabricksConfig(call: Call, workspace: Workspace) {
  return { oidc_endpoint: `${call.origin}/oidc`, workspace_id: workspace.workspaceId, cloud: 'AWS' };
}

/** OAuth discovery (RFC 8414); no token needed. */
export function getOauthDiscovery(call: Call) {
  return {
    issuer: `${call.origin}/oidc`,
    authorization_endpoint: `${call.origin}/oidc/v1/authorize`,
    token_endpoint: `${call.origin}/oidc/v1/token`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    scopes_supported: ['all-apis', 'offline_access'],
  };
}

/** Client-credentials grant: client id and secret as HTTP Basic or in the form. */
export function issueOauthToken(call: Call, workspace: Workspace) {
  const form = new URLSearchParams(call.body.toString('utf8'));
  if (form.get('grant_type') !== 'client_credentials') throw new OauthError(400, 'unsupported_grant_type');
  const [clientId, clientSecret] = basicCredentials(call) ?? [
    form.get('client_id'),
    form.get('client_secret'),
  ];
  const { oauth_client, oauth_token_ttl_seconds } = workspace.configuration;
  const wrong =
    oauth_client !== null &&
    (oauth_client.client_id !== clientId || oauth_client.client_secret !== clientSecret);
  if (!clientId || !clientSecret || wrong) throw new OauthError(401, 'invalid_client');
  return {
    access_token: workspace.access.issue(oauth_token_ttl_seconds),
    token_type: 'Bearer',
    expires_in: oauth_token_ttl_seconds,
    scope: form.get('scope') ?? 'all-apis',
  };
}

/** The token endpoint reports errors in OAuth's shape (RFC 6749, 5.2). */
export class OauthError extends ApiError {
  constructor(status: number, error: 'invalid_client' | 'unsupported_grant_type') {
    super(status, error, 'Client authentication failed.');
  }
}

function basicCredentials(call: Call): [string, string] | null {
  const encoded = /^Basic\s+(\S+)$/i.exec(call.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [formDecoded(id), formDecoded(secret.join(':'))];
}

/** RFC 6749 form-encodes both before they are joined; most clients do not. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
