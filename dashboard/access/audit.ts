import type { ErrorRequestHandler, Request, Response } from 'express';
import type { FactBus } from '../../src/facts/fact-bus.ts';
import { addressOf, callerOf, knownCaller } from '../caller.ts';
import type { Route } from '../route.ts';
import { refusalReason } from './refusal.ts';

/** The same routes; each write that succeeds leaves an audit line, also where the client has hung up. A preview is none. */
export function audited(routes: readonly Route[], facts: FactBus): Route[] {
  return routes.map((route) => (route.method === 'get' ? route : auditedRoute(route, facts)));
}

function auditedRoute(route: Route, facts: FactBus): Route {
  return {
    ...route,
    serve: async (request, response) => {
      await route.serve(request, response);
      if (route.onlyReads?.(request.body)) return;
      const { name, role, via } = callerOf(response);
      facts.emit({
        type: 'audit.write',
        caller: name,
        role,
        via,
        address: addressOf(request),
        method: request.method,
        route: route.path,
        backfill_id: backfillOf(request, response),
        status: response.statusCode,
      });
    },
  };
}

/** Of the path; a backfill that was just made is named by the answer's Location. */
function backfillOf(request: Request, response: Response): string | null {
  const made = /^\/api\/backfills\/([^/]+)$/.exec(response.get('Location') ?? '')?.[1];
  const { id } = request.params;
  return made ?? (typeof id === 'string' ? id : null);
}

/** Tells of requests that were not let through. Those without any token are too common to be news. */
export function refusalFacts(facts: FactBus): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    const reason = refusalReason(thrown);
    if (reason !== null && reason !== 'no_token') {
      facts.emit({
        type: 'access.refused',
        caller: knownCaller(response)?.name ?? null,
        method: request.method,
        path: request.path,
        reason,
        address: addressOf(request),
      });
    }
    next(thrown);
  };
}
