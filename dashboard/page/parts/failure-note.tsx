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
