import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, stdSerializers } from 'pino';
import { type HttpLogger, pinoHttp } from 'pino-http';

const QUIET_PATHS = new Set(['/healthz', '/readyz']);

/** One line a request: what was asked and what came of it. Headers and bodies stay out: they hold secrets. */
export function requestLog(logger: Logger): HttpLogger {
  return pinoHttp({
    logger,
    autoLogging: { ignore: (request) => QUIET_PATHS.has(pathOf(request)) || isBoardPoll(request) },
    customLogLevel: (_request, response, error) => {
      if (error !== undefined || response.statusCode >= 500) return 'error';
      return response.statusCode >= 400 ? 'warn' : 'info';
    },
    serializers: {
      req: ({ method, url }: { method: string; url: string }) => ({ method, url: loggedUrl(url) }),
      res: ({ statusCode }: ServerResponse) => ({ status: statusCode }),
      err: plainError,
    },
  });
}

/** A provider hands its code over in the query of the way back. */
function loggedUrl(url: string): string {
  const shown = url.startsWith('/sign-in') ? (url.split('?', 1)[0] ?? '') : url;
  return shown.slice(0, 500);
}

/** The queue board asks every few seconds in each open window. */
function isBoardPoll(request: IncomingMessage): boolean {
  return request.method === 'GET' && pathOf(request).startsWith('/queues/');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

/** An error of Redis carries the command that failed with its values; only what it says is logged. */
function plainError(error: Error): object {
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? { code: error.code } : {};
  return { type, message, stack, ...code };
}
