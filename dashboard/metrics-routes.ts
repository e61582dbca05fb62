import type { Registry } from 'prom-client';
import { type Route, route } from './route.ts';

/** What Prometheus asks for, behind the same tokens as the rest: give it one with the role viewer. */
export function metricsRoutes(registry: Registry): Route[] {
  return [
    route({
      method: 'get',
      path: '/metrics',
      summary: 'Metrics of this process and of the whole fleet, in the text format of Prometheus',
      answerType: 'text/plain',
      handle: async ({ response }) => {
        const text = await registry.metrics();
        response.set('Content-Type', registry.contentType).send(text);
        return null;
      },
    }),
  ];
}
