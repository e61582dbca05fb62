import { useState } from 'preact/hooks';

/** Lines to copy. */
export function CommandLines({ lines }: { lines: readonly { name: string; text: string }[] }) {
  return (
    <div class="command-lines">
      {lines.map(({ name, text }) => (
        <div key={name}>
          <div class="command-head">
            <span>{name}</span>
            <CopyButton name={name} text={text} />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
          <pre tabIndex={0}>{text}</pre>
        </div>
      ))}
    </div>
  );
}

function CopyButton({ name, text }: { name: string; text: string }) {
  const [said, setSaid] = useState('Copy');
  const copy = async () => {
    // Over plain http a browser offers no clipboard but to localhost.
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(copied ? 'Copied' : 'Select and copy by hand');
  };
  return (
    <button type="button" class="small" aria-label={`${said} ${name}`} onClick={copy}>
      {said}
    </button>
  );
}
