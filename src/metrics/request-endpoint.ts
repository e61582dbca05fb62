/**
 * A path of the workspace's APIs as a label: without the version, and with ids replaced, so that there are as
 * many labels as there are calls. `GET /api/2.0/sql/warehouses/4f1e` is `GET sql/warehouses/{id}`.
 */
export function endpointOf(method: string, path: string): string {
  const { pathname } = new URL(path, 'https://workspace');
  const parts = pathname
    .split('/')
    .filter((part) => part !== '' && part !== 'api' && !/^\d+\.\d+$/.test(part));
  return `${method} ${parts.map((part, at) => (isId(part, parts[at - 1]) ? '{id}' : part)).join('/')}`;
}

/** Names of calls have neither digits nor capitals; what follows `warehouses` is the id of one. */
function isId(part: string, before: string | undefined): boolean {
  return before === 'warehouses' || (/\d/.test(part) && !/^v\d$/.test(part));
}
