import type { TargetView } from '../../../queues/target-reader.ts';
import { durationText } from '../time-text.ts';
import { ScrollPanel } from './scroll-panel.tsx';

/** Slots and queue of each target job. */
export function TargetTable({ targets }: { targets: readonly TargetView[] }) {
  return (
    <section aria-labelledby="targets-title">
      <h2 id="targets-title">Jobs</h2>
      {targets.length === 0 ? (
        <p class="panel muted">No job has been backfilled yet.</p>
      ) : (
        <ScrollPanel label="Jobs">
          <table>
            <thead>
              <tr>
                <th scope="col">Job</th>
                <th scope="col" class="number">
                  Live runs
                </th>
                <th scope="col" class="number">
                  In queue
                </th>
                <th scope="col" class="number">
                  Typical run
                </th>
              </tr>
            </thead>
            <tbody>
              {targets.map((target) => (
                <tr key={target.job_id}>
                  <td>
                    {target.job}
                    {target.refusal_reason !== null && (
                      <div class="small warning">takes no run now: {target.refusal_reason}</div>
                    )}
                  </td>
                  <td class="number">
                    <Slots used={target.live_runs} limit={target.limit} />
                  </td>
                  <td class="number">{target.queued.toLocaleString('en-US')}</td>
                  <td class="number">
                    {target.typical_run_seconds === null ? '–' : durationText(target.typical_run_seconds)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollPanel>
      )}
    </section>
  );
}

function Slots({ used, limit }: { used: number; limit: number }) {
  return (
    <span class="slots">
      <meter min={0} max={Math.max(limit, used, 1)} value={used} aria-label="Slots used" />
      {used} of {limit}
    </span>
  );
}
