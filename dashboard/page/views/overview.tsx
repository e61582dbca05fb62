import type { Overview } from '../../overview-answer.ts';
import { Backlog } from '../parts/backlog.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { RecentBackfills } from '../parts/recent-backfills.tsx';
import { RunningBackfill } from '../parts/running-backfill.tsx';
import { TargetTable } from '../parts/target-table.tsx';
import { usePolled } from '../polled.ts';
import { useMayWrite } from '../session.ts';

const LOOK_INTERVAL_MS = 2_000;

/** What goes on, what needs a person, what was lately. */
export function OverviewView() {
  const { answer, failure } = usePolled<Overview>('/api/overview', LOOK_INTERVAL_MS);
  const unfinished = answer?.unfinished ?? [];
  const mayWrite = useMayWrite();
  return (
    <>
      <h1 class="visually-hidden">Overview</h1>
      {failure && <FailureNote failure={failure} />}
      <div class="columns">
        <section aria-labelledby="running-title">
          <h2 id="running-title">
            Under way {unfinished.length > 0 && <span class="count">{unfinished.length}</span>}
          </h2>
          {answer !== null && unfinished.length === 0 && (
            <div class="panel empty">
              <p>No backfill is under way.</p>
              {mayWrite && (
                <a class="button" href="#/new">
                  New backfill
                </a>
              )}
            </div>
          )}
          {unfinished.map((view) => (
            <RunningBackfill key={view.id} view={view} />
          ))}
        </section>
        <div>
          <TargetTable targets={answer?.targets ?? []} />
          <Backlog overview={answer} />
        </div>
      </div>
      <RecentBackfills unfinished={unfinished} />
    </>
  );
}
