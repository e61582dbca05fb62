import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { SessionAnswer } from '../access/session-answer.ts';
import { usePolled } from './polled.ts';

const SessionContext = createContext<SessionAnswer | null>(null);

/** Makes known to the views who looks at the page. */
export const SessionProvider = SessionContext.Provider;

/** Asked once: a session that ends later is told by the answer to whatever is asked then. */
export function useSessionAnswer(): SessionAnswer | null {
  return usePolled<SessionAnswer>('/api/session').answer;
}

/** Who looks at the page; null until it is known. */
export function useSession(): SessionAnswer | null {
  return useContext(SessionContext);
}

/** Whether who looks may also start and steer. Until it is known, what only an operator may do is left out. */
export function useMayWrite(): boolean {
  return useSession()?.role === 'operator';
}
