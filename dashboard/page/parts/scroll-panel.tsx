import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** A panel whose table may be wider than the screen; it is a stop for Tab only where it can be scrolled. */
export function ScrollPanel({ label, children }: { label: string; children: ComponentChildren }) {
  const root = useRef<HTMLElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    const look = () => setScrolls(element.scrollWidth > element.clientWidth);
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    for (const child of element.children) sizes.observe(child);
    return () => sizes.disconnect();
  }, []);
  return (
    <section ref={root} class="panel scroll-x" aria-label={label} {...(scrolls && { tabIndex: 0 })}>
      {children}
    </section>
  );
}
