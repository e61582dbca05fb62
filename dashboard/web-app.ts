import express, { type Application } from 'express';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Dispatcher } from '../queues/dispatcher.ts';
import { KeySpace } from '../queues/key-space.ts';
import { accessControl } from './access/access-control.ts';
import { audited, refusalFacts } from './access/audit.ts';
import { requestLimit } from './access/request-limit.ts';
import { sessionRoutes } from './access/session-routes.ts';
import { signInRoutes } from './access/sign-in-routes.ts';
import { authentication } from './authentication.ts';
import { type BackfillRouteContext, backfillRoutes } from './backfill-routes.ts';
import { type ControlRouteContext, controlRoutes } from './control-routes.ts';
import { coverageRoutes } from './coverage-routes.ts';
import { CoveredJobs } from './covered-jobs.ts';
import { answerError, answerNotFound, BODY_LIMIT_BYTES, refuseLargeBody } from './error-answer.ts';
import { livenessRoutes, readinessRoutes } from './health-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { logRoutes } from './log-routes.ts';
import { LoggedJobs } from './logged-jobs.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { openApiDocument } from './openapi.ts';
import { type OverviewRouteContext, overviewRoutes } from './overview-routes.ts';
import { leadToBackfill, pageFiles } from './page-files.ts';
import { BOARD_PATH, queueBoard } from './queue-board.ts';
import { requestLog } from './request-log.ts';
import { retryRoutes } from './retry-routes.ts';
import { mount, type Route } from './route.ts';
import { BOARD_POLICY, contentPolicy, securityHeaders } from './security-headers.ts';
import type { TableAnswers } from './table-answers.ts';
import { trendRoutes } from './trend-routes.ts';

export interface WebAppContext extends BackfillRouteContext, ControlRouteContext, OverviewRouteContext {
  readonly redis: Redis;
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  readonly notebooksDir: string;
  readonly answers: TableAnswers;
  readonly metrics: Registry;
  /** Name of a target job that was ever backfilled. */
  readonly jobName: (jobId: string) => Promise<string | null>;
}

/** Everything that the web process answers, from the outside in. */
export function webApp(context: WebAppContext): Application {
  const { config, access, answers, facts } = context;
  const admission = accessControl(config, context.redis, new KeySpace(config.redis.prefix), facts);
  const client = () => access.client();
  const keys = new KeySpace(config.redis.prefix);
  const logged = new LoggedJobs(config, client, answers);
  const routes: Route[] = [
    ...readinessRoutes(context.redis),
    ...sessionRoutes(),
    ...metricsRoutes(context.metrics),
    ...overviewRoutes(context),
    ...backfillRoutes(context),
    ...controlRoutes(context),
    ...retryRoutes(context, answers, logged),
    ...coverageRoutes(answers, new CoveredJobs(config, client, logged), context.outbox),
    ...logRoutes(answers, logged),
    ...trendRoutes(answers, logged),
    ...jobRoutes(config, access, context.notebooksDir, (jobId) =>
      context.redis.zrange(keys.open(jobId), 0, '-1'),
    ),
  ];
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.access.trustedProxy?.addresses ?? false);
  app.use(requestLog(context.logger), securityHeaders);
  const liveness = livenessRoutes();
  mount(app, liveness);
  signInRoutes(app, admission);
  const readers = routes.filter(({ method, onlyReads }) => method !== 'get' && onlyReads !== null);
  app.use(authentication(admission, readers));
  app.use(['/api', BOARD_PATH], requestLimit(config.access.requestsPerMinute));
  app.use(
    BOARD_PATH,
    contentPolicy(BOARD_POLICY),
    queueBoard(context.queues, context.dispatcher, context.jobName),
  );
  app.use(refuseLargeBody, express.json({ limit: BODY_LIMIT_BYTES }));
  mount(app, audited(routes, facts));
  app.get('/api/openapi.json', (_request, response) => {
    response.json(openApiDocument(routes, liveness));
  });
  app.get('/backfills/:id', leadToBackfill);
  app.use(pageFiles());
  app.use(answerNotFound, refusalFacts(facts), answerError);
  return app;
}
