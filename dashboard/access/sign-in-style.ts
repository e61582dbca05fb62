/** Style of the sign-in pages, in light and dark, from a phone upwards. Contrast is 4.5:1 and more. */
export const SIGN_IN_STYLE = `
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--text:#1b2530;--soft:#566473;--line:#8a97a5;--edge:#dde3e9;--strong:#0b5cad;--on-strong:#fff;--bad:#b3261e;--bad-ground:#fdecea}
@media (prefers-color-scheme:dark){:root{--ground:#11171d;--card:#1a222b;--text:#e6ebf0;--soft:#a3b0bd;--line:#6b7a89;--edge:#2b3743;--strong:#7db8f2;--on-strong:#0b1622;--bad:#ffb4ab;--bad-ground:#3b1a18}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;padding:2rem;background:var(--card);border:1px solid var(--edge);border-radius:12px}
h1{margin:0;font-size:1.5rem;line-height:1.2}
p{margin:0 0 1rem}
.product{margin:.25rem 0 1.5rem;color:var(--soft)}
label{display:block;margin-bottom:.35rem;font-weight:600}
input[type=password]{width:100%;margin-bottom:1rem;padding:.65rem .75rem;border:1px solid var(--line);border-radius:8px;background:var(--card);color:inherit;font:inherit}
.button{display:block;width:100%;padding:.7rem 1rem;border:1px solid var(--strong);border-radius:8px;background:var(--strong);color:var(--on-strong);font:inherit;font-weight:600;text-align:center;text-decoration:none;overflow-wrap:anywhere;cursor:pointer}
.button:hover{filter:brightness(1.08)}
.button.second{background:transparent;color:var(--strong)}
a{color:var(--strong)}
:focus-visible{outline:3px solid var(--strong);outline-offset:2px}
.problem{padding:.7rem .85rem;border-left:4px solid var(--bad);border-radius:4px;background:var(--bad-ground);color:var(--bad)}
.or{margin:1rem 0;color:var(--soft);text-align:center}
.hint{margin:1rem 0 0;color:var(--soft);font-size:.875rem}
code{font-family:ui-monospace,monospace;font-size:.95em}
@media (max-width:26rem){body{padding:0;place-items:start stretch;background:var(--card)}main{max-width:none;padding:1.5rem 1.25rem;border:0}}
`.trimStart();
