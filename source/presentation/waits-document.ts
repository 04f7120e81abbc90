import { redactSql } from '../domain/redact.ts';
import type { StandingStill } from '../domain/standing-still.ts';

/** A session that an operation's worker waits for, in JSON. A field is null if the server does not show it. */
export interface WaitsFor {
  /** 0 is a prepared transaction. */
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly clientAddress: string | null;
  readonly state: string | null;
  readonly transactionSeconds: number | null;
  readonly query: string | null;
  /** Whether the worker's session waits for it, not for a session that waits for it. */
  readonly isDirect: boolean;
  /** Whether it waits for no other session itself. */
  readonly isFirst: boolean;
  /** The operation whose worker this is; null if it is another program, or not known. */
  readonly operationId: number | null;
}

/** The sessions that an operation waits for, those first that wait for no other. */
export function waitsForDocument({ waitsFor }: StandingStill, redact = false): readonly WaitsFor[] {
  return waitsFor.map(
    ({ pid, user, application, client, state, transactionSeconds, query, isDirect, isFirst, operation }) => ({
      pid,
      user,
      application,
      clientAddress: client,
      state,
      transactionSeconds: transactionSeconds === null ? null : Math.round(transactionSeconds),
      query: query !== null && redact ? redactSql(query) : query,
      isDirect,
      isFirst,
      operationId: operation?.id ?? null,
    }),
  );
}
