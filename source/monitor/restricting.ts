import { messageOf } from '../database/database-error.ts';
import type { Target } from '../database/target.ts';
import type { Since } from '../domain/since.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { selectedText } from '../presentation/no-operations.ts';
import type { Toast } from '../presentation/toast.ts';

export interface RestrictionOptions {
  readonly table: ControlTable;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  readonly isLost: () => boolean;
  /** Polls at once. */
  readonly pollNow: () => void;
}

/** Restricts what is shown to the operations since some time: between two polls, so that no poll mixes both. */
export interface Restriction {
  restrict(since: Since | null): void;
  /** Applies the requested restriction; call it before each poll. Rejects where the database is lost; the next call tries again. */
  apply(): Promise<void>;
  /** The target, if this was the first poll of other operations; call it after each poll. */
  taken(): Target | undefined;
  /** Shows why a restriction was not applied, if so; call it when the poll is shown. */
  report(): void;
}

/** Restricts the watched operations (`S`). After a lost connection it is applied when there is one again. */
export function createRestriction({ table, toast, isLost, pollNow }: RestrictionOptions): Restriction {
  let wanted: { readonly since: Since | null; failures: number } | null = null;
  let problem: string | null = null;
  let shown = table.target.scope;

  return {
    restrict(since) {
      wanted = { since, failures: 0 };
      const what = since === null ? 'all operations' : `only ${selectedText(since)}`;
      toast('info', isLost() ? `when connected again: ${what}` : what);
      pollNow();
    },
    async apply() {
      if (wanted === null) return;
      const asked = wanted;
      try {
        await table.restrict(asked.since);
      } catch (error) {
        // A first failure may be the connection's. A second one on a new connection is the statement's.
        if (++asked.failures < 2) throw error;
        problem = `since ${asked.since?.text ?? 'the beginning'}: ${messageOf(error)}`;
      }
      // During the await the operator may have asked for another one.
      if (wanted === asked) wanted = null;
    },
    taken() {
      const { target } = table;
      if (target.scope === shown) return undefined;
      shown = target.scope;
      return target;
    },
    report() {
      if (problem !== null) toast('bad', problem);
      problem = null;
    },
  };
}
