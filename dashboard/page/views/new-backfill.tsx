import { useEffect, useState } from 'preact/hooks';
import type { BackfillView } from '../../../queues/plan/backfill-view.ts';
import type { DryRun } from '../../dry-run.ts';
import { postJson } from '../api-client.ts';
import { addressOf, goTo, type Place } from '../location.ts';
import { CommandLines } from '../parts/command-lines.tsx';
import { AskedFailure } from '../parts/failure-note.tsx';
import { useJobs } from '../parts/job-choice.tsx';
import { PlanPreview } from '../parts/plan-preview.tsx';
import { RequestForm } from '../parts/request-form.tsx';
import { commandLine, curlLine, EMPTY_DRAFT, type RequestDraft, requestOf } from '../request-draft.ts';
import { useMayWrite, useSession } from '../session.ts';

interface Preview {
  /** The request it is of, as JSON; another one needs another preview. */
  readonly of: string;
  readonly plan: DryRun;
}

/** Asks for a backfill: first what would become of every date, then the start. */
export function NewBackfillView({ place }: { place: Place }) {
  const jobs = useJobs();
  const session = useSession();
  const mayWrite = useMayWrite();
  const [draft, setDraft] = useState<RequestDraft>(() => draftOf(place));
  const [preview, setPreview] = useState<Preview | null>(null);
  const [busy, setBusy] = useState<'preview' | 'start' | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [key, setKey] = useState(newKey);
  const onlyJob = jobs.listed?.length === 1 ? jobs.listed[0]?.name : undefined;
  useEffect(() => {
    if (onlyJob !== undefined)
      setDraft((before) => (before.job === '' ? { ...before, job: onlyJob } : before));
  }, [onlyJob]);

  const request = requestOf(draft);
  const asked = JSON.stringify(request);
  const current = preview?.of === asked ? preview.plan : null;

  const doing = async (what: 'preview' | 'start', work: () => Promise<void>) => {
    setBusy(what);
    setFailure(null);
    try {
      await work();
    } catch (thrown) {
      setFailure(thrown instanceof Error ? thrown.message : String(thrown));
    }
    setBusy(null);
  };
  const look = () =>
    doing('preview', async () => {
      const plan = await postJson<DryRun>('/api/backfills', { ...request, dry_run: true });
      setPreview({ of: asked, plan });
      setKey(newKey());
    });
  // The key makes a second click, or a retry after a lost answer, the same backfill.
  const start = () =>
    doing('start', async () => {
      const created = await postJson<BackfillView>('/api/backfills', request, { 'Idempotency-Key': key });
      goTo(addressOf(`/backfills/${created.id}`));
    });

  return (
    <>
      <header class="view-header">
        <h1>New backfill</h1>
      </header>
      <AskedFailure asked={[jobs]} />
      {session?.role === 'viewer' && (
        <p class="note">
          You are signed in as {session.name}, a viewer: you can see what would run, and an operator can start
          it.
        </p>
      )}
      <div class="columns form-columns">
        <RequestForm draft={draft} jobs={jobs} busy={busy !== null} onChange={setDraft} onPreview={look} />
        <section aria-labelledby="preview-title">
          <h2 id="preview-title">Preview</h2>
          {failure !== null && (
            <p class="note failure" role="alert">
              {failure}
            </p>
          )}
          {busy === 'preview' && (
            <p class="panel muted" role="status">
              Asking the calendar and the log…
            </p>
          )}
          {busy !== 'preview' && current === null && (
            <p class="panel muted">
              {preview === null
                ? 'Nothing starts before you have seen what would run. Preview lists every date with its verdict.'
                : 'The request has changed. Preview it again.'}
            </p>
          )}
          {current !== null && (
            <PlanPreview plan={current} busy={busy === 'start'} onStart={mayWrite ? start : null} />
          )}
          <h2>The same elsewhere</h2>
          <CommandLines
            lines={[
              { name: 'Command line', text: commandLine(request) },
              { name: 'curl', text: curlLine(request, window.location.origin, session?.via !== 'open') },
            ]}
          />
        </section>
      </div>
    </>
  );
}

function draftOf({ query }: Place): RequestDraft {
  return {
    ...EMPTY_DRAFT,
    job: query.get('job') ?? '',
    startDate: query.get('from') ?? '',
    endDate: query.get('to') ?? '',
    dates: (query.get('dates') ?? '').split(',').filter((date) => date !== ''),
  };
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
