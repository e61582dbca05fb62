import { Secret } from '../../src/config/secret.ts';
import { WorkspaceClient, type WorkspaceClientOptions } from '../../src/databricks/workspace-client.ts';
import { ScriptedWorkspace } from './scripted-workspace.ts';

export const TOKEN = 'dapi-not-to-be-seen';

/** A scripted workspace for one test, and clients of it that are closed with it. */
export class ScriptedClients {
  readonly workspace: ScriptedWorkspace;
  readonly #clients: WorkspaceClient[] = [];

  private constructor(workspace: ScriptedWorkspace) {
    this.workspace = workspace;
  }

  static async start(): Promise<ScriptedClients> {
    return new ScriptedClients(await ScriptedWorkspace.start());
  }

  connect(options: Partial<WorkspaceClientOptions> = {}): WorkspaceClient {
    const { url, caCert } = this.workspace;
    const auth = { kind: 'pat' as const, token: new Secret(TOKEN) };
    const client = new WorkspaceClient({ host: url, auth, caCert, ...options });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.workspace.close();
  }
}
