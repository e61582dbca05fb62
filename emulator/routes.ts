import { getDatabricksConfig, getMe, getOauthDiscovery, issueOauthToken } from './api/identity.ts';
import { createJob, deleteJob, getJob, listJobs, resetJob, updateJob } from './api/jobs.ts';
import {
  addFault,
  addOutcomes,
  changeConfiguration,
  clearFaults,
  clearLedger,
  clearOutcomes,
  forgetEndedRuns,
  getConfiguration,
  getLedger,
  listFaults,
  releaseFaults,
  revokeTokens,
} from './api/local.ts';
import { repairRun } from './api/repair.ts';
import { runNow } from './api/run-now.ts';
import { cancelAllRuns, cancelRun, deleteRun, getRun, getRunOutput, listRuns } from './api/runs.ts';
import { executeSql, getWarehouse, listWarehouses, startWarehouse, stopWarehouse } from './api/warehouses.ts';
import {
  deleteObject,
  exportObject,
  getStatus,
  importObject,
  listObjects,
  makeDirectories,
} from './api/workspace-files.ts';
import type { Route } from './router.ts';

const jobsApi: readonly Route[] = [
  { method: 'POST', path: '/jobs/create', handler: createJob },
  { method: 'POST', path: '/jobs/reset', handler: resetJob },
  { method: 'POST', path: '/jobs/update', handler: updateJob },
  { method: 'POST', path: '/jobs/delete', handler: deleteJob },
  { method: 'GET', path: '/jobs/get', handler: getJob },
  { method: 'GET', path: '/jobs/list', handler: listJobs },
  { method: 'POST', path: '/jobs/run-now', handler: runNow },
  { method: 'GET', path: '/jobs/runs/get', handler: getRun },
  { method: 'GET', path: '/jobs/runs/list', handler: listRuns },
  { method: 'POST', path: '/jobs/runs/cancel', handler: cancelRun },
  { method: 'POST', path: '/jobs/runs/cancel-all', handler: cancelAllRuns },
  { method: 'POST', path: '/jobs/runs/delete', handler: deleteRun },
  { method: 'POST', path: '/jobs/runs/repair', handler: repairRun },
  { method: 'GET', path: '/jobs/runs/get-output', handler: getRunOutput },
];

const workspaceApi: readonly Route[] = [
  { method: 'POST', path: '/api/2.0/workspace/import', handler: importObject },
  { method: 'GET', path: '/api/2.0/workspace/export', handler: exportObject },
  { method: 'GET', path: '/api/2.0/workspace/get-status', handler: getStatus },
  { method: 'GET', path: '/api/2.0/workspace/list', handler: listObjects },
  { method: 'POST', path: '/api/2.0/workspace/mkdirs', handler: makeDirectories },
  { method: 'POST', path: '/api/2.0/workspace/delete', handler: deleteObject },
];

const warehousesApi: readonly Route[] = [
  { method: 'GET', path: '/api/2.0/sql/warehouses', handler: listWarehouses },
  { method: 'GET', path: '/api/2.0/sql/warehouses/:id', handler: getWarehouse },
  { method: 'POST', path: '/api/2.0/sql/warehouses/:id/start', handler: startWarehouse },
  { method: 'POST', path: '/api/2.0/sql/warehouses/:id/stop', handler: stopWarehouse },
  { method: 'POST', path: '/sql/1.0/warehouses/:id', handler: executeSql },
  { method: 'POST', path: '/sql/1.0/endpoints/:id', handler: executeSql },
];

const identityApi: readonly Route[] = [
  { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', handler: getMe },
  { method: 'GET', path: '/.well-known/databricks-config', handler: getDatabricksConfig, open: true },
  {
    method: 'GET',
    path: '/oidc/.well-known/oauth-authorization-server',
    handler: getOauthDiscovery,
    open: true,
  },
  { method: 'POST', path: '/oidc/v1/token', handler: issueOauthToken, open: true },
];

const localApi: readonly Route[] = [
  { method: 'GET', path: '/_local/config', handler: getConfiguration, open: true },
  { method: 'POST', path: '/_local/config', handler: changeConfiguration, open: true },
  { method: 'GET', path: '/_local/faults', handler: listFaults, open: true },
  { method: 'POST', path: '/_local/faults', handler: addFault, open: true },
  { method: 'DELETE', path: '/_local/faults', handler: clearFaults, open: true },
  { method: 'POST', path: '/_local/faults/release', handler: releaseFaults, open: true },
  { method: 'POST', path: '/_local/outcomes', handler: addOutcomes, open: true },
  { method: 'DELETE', path: '/_local/outcomes', handler: clearOutcomes, open: true },
  { method: 'DELETE', path: '/_local/tokens', handler: revokeTokens, open: true },
  { method: 'DELETE', path: '/_local/runs', handler: forgetEndedRuns, open: true },
  { method: 'GET', path: '/_local/ledger', handler: getLedger, open: true },
  { method: 'DELETE', path: '/_local/ledger', handler: clearLedger, open: true },
];

/** Every call that the emulated workspace answers; the Jobs API in both versions. */
export const ROUTES: readonly Route[] = [
  ...['/api/2.2', '/api/2.1'].flatMap((version) =>
    jobsApi.map((route) => ({ ...route, path: `${version}${route.path}` })),
  ),
  ...workspaceApi,
  ...warehousesApi,
  ...identityApi,
  ...localApi,
];
