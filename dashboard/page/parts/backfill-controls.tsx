import { useState } from 'preact/hooks';
import type { BackfillView } from '../../../queues/plan/backfill-view.ts';
import { postJson } from '../api-client.ts';
import { addressOf, goTo } from '../location.ts';
import { useMayWrite } from '../session.ts';
import { countText } from '../time-text.ts';
import { AskOnce } from './ask-once.tsx';
import { isEnded } from './state-badge.tsx';

type Control = 'pause' | 'resume' | 'cancel' | 'retry';

/** Pause, resume, cancel and retry, those that make sense now, for an operator; each asks once. */
export function BackfillControls({ view }: { view: BackfillView }) {
  const [asked, setAsked] = useState<Control | null>(null);
  const [runs, setRuns] = useState<'cancel' | 'finish'>('cancel');
  const [reason, setReason] = useState('');
  const close = () => setAsked(null);
  const post = (verb: Control, body: object) =>
    postJson<BackfillView>(`/api/backfills/${view.id}/${verb}`, body);
  const retry = async () => {
    const created = await post('retry', {});
    goTo(addressOf(`/backfills/${created.id}`));
  };
  const possible = useMayWrite() ? possibleControls(view) : [];
  const left = view.counts.pending + view.counts.queued;

  return (
    <div class="controls push">
      {possible.map(({ control, text }) => (
        <button key={control} type="button" onClick={() => setAsked(control)}>
          {text}
        </button>
      ))}
      {asked === 'pause' && (
        <AskOnce
          title="Pause this backfill?"
          action="Pause"
          onDo={() => post('pause', reason === '' ? {} : { reason })}
          onClose={close}
        >
          <p>No further date starts. {countText(view.counts.running, 'run')} under way will finish.</p>
          <label>
            Reason, shown to others
            <input
              type="text"
              value={reason}
              maxLength={1000}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
        </AskOnce>
      )}
      {asked === 'resume' && (
        <AskOnce
          title="Resume this backfill?"
          action="Resume"
          onDo={() => post('resume', {})}
          onClose={close}
        >
          <p>{countText(left, 'date')} will start as slots become free.</p>
        </AskOnce>
      )}
      {asked === 'cancel' && (
        <AskOnce
          title="Cancel this backfill?"
          action="Cancel backfill"
          danger
          onDo={() => post('cancel', { runs })}
          onClose={close}
        >
          <p>{countText(left, 'date')} will not run. This cannot be undone.</p>
          <fieldset class="choices">
            <legend>{countText(view.counts.running, 'live run')}</legend>
            <Choice name="runs" value="cancel" now={runs} text="cancel at Databricks" onChoose={setRuns} />
            <Choice name="runs" value="finish" now={runs} text="let finish" onChoose={setRuns} />
          </fieldset>
        </AskOnce>
      )}
      {asked === 'retry' && (
        <AskOnce
          title={`Retry ${countText(view.counts.failed, 'failed date')}?`}
          action="Retry"
          onDo={retry}
          onClose={close}
        >
          <p>A new backfill, linked to this one, runs them again.</p>
        </AskOnce>
      )}
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  readonly name: string;
  readonly value: Value;
  readonly now: string;
  readonly text: string;
  readonly onChoose: (value: Value) => void;
}

function Choice<Value extends string>({ name, value, now, text, onChoose }: ChoiceProps<Value>) {
  return (
    <label class="choice">
      <input
        type="radio"
        name={name}
        value={value}
        checked={now === value}
        onChange={() => onChoose(value)}
      />
      {text}
    </label>
  );
}

function possibleControls({ state, counts }: BackfillView): { control: Control; text: string }[] {
  const controls: { control: Control; text: string }[] = [];
  if (state === 'running' || state === 'planning') controls.push({ control: 'pause', text: 'Pause' });
  if (state === 'paused') controls.push({ control: 'resume', text: 'Resume' });
  if (isEnded(state) && counts.failed > 0) controls.push({ control: 'retry', text: 'Retry failed' });
  if (!isEnded(state) && state !== 'cancelling') controls.push({ control: 'cancel', text: 'Cancel' });
  return controls;
}
