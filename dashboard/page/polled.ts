import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiFailure, getJson, toApiFailure } from './api-client.ts';

export interface Polled<Body> {
  /** The last answer; stays while a newer one cannot be had. */
  readonly answer: Body | null;
  readonly failure: ApiFailure | null;
  readonly loading: boolean;
  readonly refresh: () => void;
}

/** What the API answers to a path, asked again every so often while the page is in sight. */
export function usePolled<Body>(address: string | null, everyMs: number | null = null): Polled<Body> {
  const [answer, setAnswer] = useState<Body | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [loading, setLoading] = useState(address !== null);
  const [round, setRound] = useState(0);
  const shown = useRef(address);
  const refresh = useCallback(() => setRound((before) => before + 1), []);

  useEffect(() => {
    if (shown.current !== address) {
      shown.current = address;
      setAnswer(null);
    }
    setFailure(null);
    setLoading(address !== null);
    if (address === null) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (everyMs !== null && !leaving.signal.aborted) timer = setTimeout(look, everyMs);
    };
    const look = async () => {
      if (document.hidden) return again();
      try {
        const body = await getJson<Body>(address, { signal: leaving.signal, fresh: round > 0 });
        setAnswer(body);
        setFailure(null);
      } catch (thrown) {
        if (leaving.signal.aborted) return;
        setFailure(toApiFailure(thrown));
      }
      setLoading(false);
      again();
    };
    void look();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [address, everyMs, round]);

  return { answer, failure, loading, refresh };
}
