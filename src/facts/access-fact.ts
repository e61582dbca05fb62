/** Why a request was not let through. */
export type RefusalReason =
  | 'no_token'
  | 'unknown_token'
  | 'session_ended'
  /** Asked by a name that is not loopback, where nothing but that protects us. */
  | 'other_host'
  /** A write that a page of another web site sent. */
  | 'other_site'
  /** A write of a session without its CSRF token. */
  | 'csrf_token'
  /** A write of a viewer. */
  | 'viewer'
  /** Known to the provider or proxy, which gives no role here. */
  | 'no_role'
  | 'failed_sign_ins'
  | 'requests';

/** Who came in, who did not, and who changed what. The addresses are those of clients. */
export type AccessFact =
  | {
      readonly type: 'access.signed_in';
      readonly caller: string;
      readonly role: 'viewer' | 'operator';
      readonly with: 'token' | 'oidc';
      readonly address: string;
    }
  | {
      readonly type: 'access.sign_in_failed';
      readonly with: 'token' | 'oidc';
      readonly reason: RefusalReason | 'provider' | 'form';
      readonly address: string;
      /** What the provider or its library said. */
      readonly error?: unknown;
    }
  | { readonly type: 'access.signed_out'; readonly caller: string; readonly address: string }
  | {
      readonly type: 'access.refused';
      /** Null before it is known who asks. */
      readonly caller: string | null;
      readonly method: string;
      readonly path: string;
      readonly reason: RefusalReason;
      readonly address: string;
    }
  | {
      /** The audit line: one for every write that succeeded. */
      readonly type: 'audit.write';
      readonly caller: string;
      readonly role: 'viewer' | 'operator';
      readonly via: 'open' | 'token' | 'session' | 'proxy';
      readonly address: string;
      readonly method: string;
      /** As the API describes it, such as `/api/backfills/:id/pause`. */
      readonly route: string;
      /** The backfill that was made or changed; null for writes that concern none. */
      readonly backfill_id: string | null;
      readonly status: number;
    };
