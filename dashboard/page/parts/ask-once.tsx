import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface AskOnceProps {
  readonly title: string;
  /** Word of the button that does it. */
  readonly action: string;
  readonly danger?: boolean;
  readonly onDo: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** Asks before something is done, does it, and says what went wrong. Escape closes it. */
export function AskOnce({ title, action, danger, onDo, onClose, children }: AskOnceProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await onDo();
      onClose();
    } catch (thrown) {
      setFailure(thrown instanceof Error ? thrown.message : String(thrown));
      setBusy(false);
    }
  };

  return (
    <dialog ref={dialog} aria-labelledby="ask-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="ask-title">{title}</h2>
        {children}
        {failure !== null && (
          <p class="note failure" role="alert">
            {failure}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" class={danger ? 'danger' : 'primary'} disabled={busy}>
            {busy ? 'Working…' : action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
