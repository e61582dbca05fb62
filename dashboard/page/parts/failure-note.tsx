import type { ApiFailure } from '../api-client.ts';

/** What went wrong, said where the answer would have stood. */
export function FailureNote({ failure, onRetry }: { failure: ApiFailure; onRetry?: () => void }) {
  return (
    <div class="note failure" role="alert">
      <p>{failure.message}</p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface Asked {
  readonly failure: ApiFailure | null;
  readonly refresh: () => void;
}

/** The first failure of what a view asks for; often one cause has all of them fail. */
export function AskedFailure({ asked }: { asked: readonly Asked[] }) {
  const failed = asked.filter(({ failure }) => failure !== null);
  const failure = failed[0]?.failure;
  if (!failure) return null;
  return (
    <FailureNote
      failure={failure}
      onRetry={() => {
        for (const { refresh } of failed) refresh();
      }}
    />
  );
}
