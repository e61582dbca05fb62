import { startWorkspace } from '../harness/workspace.ts';

test('a test workspace has the tables with their rows, and the job', async () => {
  const { warehouse, tables, client, jobId, stop } = await startWorkspace();
  try {
    const [count] = await warehouse.query<{ n: number }>(`SELECT count(*) AS n FROM ${tables.sourceData}`);
    expect(count?.n).toBe(4740);
    expect((await client.jobs.get(jobId)).settings.maxConcurrentRuns).toBe(20);
  } finally {
    await stop();
  }
});
