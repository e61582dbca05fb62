import { z } from 'zod';
import { type Call, readBody } from '../call.ts';
import { configurationSchema } from '../local/configuration.ts';
import { faultSchema } from '../local/fault-rule.ts';
import { outcomesSchema } from '../local/scripted-outcomes.ts';
import { ledgerStates } from '../runs/run-view.ts';
import type { Workspace } from '../workspace.ts';

export function getConfiguration(_call: Call, workspace: Workspace) {
  return workspace.configuration;
}

/** Changes what the body names and answers the whole configuration. */
export async function changeConfiguration(call: Call, workspace: Workspace) {
  const withCurrent = (changes: unknown) => ({ ...workspace.configuration, ...Object(changes) });
  const merged = z.preprocess(withCurrent, configurationSchema);
  await workspace.configure(readBody(call, merged));
  return workspace.configuration;
}

export function addFault(call: Call, workspace: Workspace) {
  return { id: workspace.faults.add(readBody(call, faultSchema)) };
}

export function listFaults(_call: Call, workspace: Workspace) {
  return workspace.faults.list();
}

export function releaseFaults(_call: Call, workspace: Workspace) {
  return { released: workspace.faults.release() };
}

export function clearFaults(_call: Call, workspace: Workspace) {
  workspace.faults.clear();
  return {};
}

export function addOutcomes(call: Call, workspace: Workspace) {
  workspace.outcomes.add(readBody(call, outcomesSchema));
  return {};
}

export function clearOutcomes(_call: Call, workspace: Workspace) {
  workspace.outcomes.clear();
  return {};
}

/** For a bench that makes many thousand runs: what it measures must not slow down with what it measured before. */
export function forgetEndedRuns(_call: Call, workspace: Workspace) {
  workspace.runs.forgetEnded();
  return {};
}

export function revokeTokens(_call: Call, workspace: Workspace) {
  workspace.access.revoke();
  return {};
}

export function getLedger(_call: Call, workspace: Workspace) {
  return workspace.ledger.view((runId) => {
    const run = workspace.runs.find(runId);
    const endTimeMs = workspace.runs.endTimeMs(runId);
    return {
      ...(run === undefined ? { run_state: 'DELETED', result_state: null } : ledgerStates(run)),
      ended_at: endTimeMs === 0 ? null : new Date(endTimeMs).toISOString(),
    };
  });
}

export function clearLedger(_call: Call, workspace: Workspace) {
  workspace.ledger.clear();
  return {};
}
