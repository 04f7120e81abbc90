import { messageOf } from '../database/database-error.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { redactError, redactSql } from '../domain/redact.ts';
import type { KindSummary } from '../domain/triage.ts';
import type { ControlTable, OperationDetail } from '../polling/control-table.ts';
import { handoffMarkdown, showCommand } from '../presentation/handoff-text.ts';
import { kindMarkdown } from '../presentation/kind-handoff.ts';
import { notFound } from '../presentation/result-text.ts';
import type { KindRow } from '../presentation/rows.ts';
import { widthOf } from '../presentation/text-width.ts';
import type { Say } from '../presentation/toast.ts';
import type { Controls } from './controls.ts';
import { kindFile, operationFile } from './copied-names.ts';
import type { CopyPart } from './copy-part.ts';
import { hasAllActions } from './counted-bulk.ts';
import { decidedActions } from './decided-actions.ts';
import { recordOf } from './detail-extras.ts';
import type { Store } from './store.ts';
import { kindFilter } from './subject.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** A text to copy into the operator's clipboard. */
export interface Copied {
  readonly text: string;
  /** The name of the file that holds it too, without its folder. */
  readonly fileName: string;
}

/** The file that has the copy, and whether all of it was sent to the clipboard: no terminal confirms that it took it. */
export interface CopyResult {
  /** Its path, as it is shown; null if it could not be written, for the reason in `problem`. */
  readonly file: string | null;
  readonly problem: string | null;
  readonly isCut: boolean;
}

export interface CopyingOptions {
  readonly table: Pick<ControlTable, 'detail' | 'target' | 'activity'>;
  readonly store: Store;
  readonly toast: Say;
  /** Takes values out of errors and queries. */
  readonly redact: boolean;
  readonly copy: (copied: Copied) => Promise<CopyResult>;
}

/** The columns of the mark before a message. */
const markColumns = 3;

/** `y`: copies the whole operation at once, and opens the menu of its parts; of a kind of failure what is known of all. */
export function createCopying({
  table,
  store,
  toast,
  redact,
  copy,
}: CopyingOptions): Pick<Controls, 'copy' | 'copyPart'> {
  const close = (): void => {
    const { overlay } = store.state();
    if (overlay.kind === 'copy') store.emit({ kind: 'overlaid', overlay: overlay.under });
  };

  const report = (result: CopyResult, what: string): void => {
    const brief = briefText(what, result, store.state().window.columns - markColumns);
    toast(result.file === null ? 'bad' : 'good', copiedText(what, result), { brief });
  };

  async function copyOf(operation: Operation, part: CopyPart): Promise<void> {
    try {
      const { overlay } = store.state();
      const under = overlay.kind === 'copy' ? overlay.under : overlay;
      const open = under.kind === 'detail' && under.id === operation.id ? under.detail : null;
      const detail = open ?? (await table.detail(operation.id, identityOf(operation, table)));
      if (detail === null) {
        toast('bad', `cannot copy operation ${operation.id}: it is ${notFound(table.target.rowSecurity)}`);
        return;
      }
      // The audit is read again, to include actions of other sessions since the last read.
      const activity = part === 'whole' ? await table.activity().catch(() => null) : null;
      const text = textOf(part, detail, activity ?? store.state().activity ?? []);
      if (text === null || text === '') {
        toast('bad', `operation ${operation.id} has no ${nameOf[part]}`);
        return;
      }
      const result = await copy({ text, fileName: operationFile(operation.id, part, table.target) });
      report(
        result,
        part === 'whole' ? `operation ${operation.id}` : `the ${nameOf[part]} of operation ${operation.id}`,
      );
    } catch (error) {
      toast('bad', `cannot copy operation ${operation.id}: ${messageOf(error)}`);
    }
  }

  /** Copies a kind of failure: it has no parts. */
  async function copyKind({ summary: listed }: KindRow): Promise<void> {
    const filter = kindFilter(listed.kind, '');
    try {
      // The audit is read again, to include actions of other sessions since the last read.
      const activity = (await table.activity().catch(() => null)) ?? store.state().activity;
      // Also while the display is frozen: an operator hands over what is known now.
      const { latest: observation } = store.state();
      if (observation === null) return;
      const summary = kindNow(observation, listed);
      const text = kindMarkdown({
        summary,
        observation,
        activity,
        hasAllActions: hasAllActions({ activity, target: table.target }),
        tracked: decidedActions(store.state()),
        areIdsUnique: table.target.isFollowable,
        mayBeHidden: table.target.rowSecurity,
        target: table.target,
        filter,
        redact,
      });
      const result = await copy({ text, fileName: kindFile(summary.kind, table.target) });
      const { scope } = table.target;
      report(result, `this kind of failure${scope === undefined ? '' : ` since ${scope.text}`}`);
    } catch (error) {
      toast('bad', `cannot copy this kind: ${messageOf(error)}`);
    }
  }

  function textOf(part: CopyPart, detail: OperationDetail, activity: readonly AuditEntry[]): string | null {
    const { errorMessage, sourceQuery, validationQuery, id } = detail.operation;
    const ofQuery = (query: string | null): string | null => (redact && query !== null ? redactSql(query) : query);
    switch (part) {
      case 'whole':
        return handoffMarkdown({
          detail,
          // Also while the display is frozen: the operation and its attempts are read now.
          record: recordOf({ ...store.state(), frozen: null, activity }, detail),
          target: table.target,
          redact,
        });
      case 'error':
        return redact && errorMessage !== null ? redactError(errorMessage) : errorMessage;
      case 'source-query':
        return ofQuery(sourceQuery);
      case 'validation-query':
        return ofQuery(validationQuery);
      case 'id':
        return String(id);
      case 'command-line':
        return showCommand(detail, table.target);
    }
  }

  return {
    copy() {
      const operation = selectedOperation(store.state());
      const { overlay } = store.state();
      const row = overlay.kind === 'none' ? selectedRow(store.state()) : null;
      if (row?.kind === 'kind') {
        void copyKind(row);
        return;
      }
      if (operation === null || (overlay.kind !== 'none' && overlay.kind !== 'detail')) return;
      store.emit({ kind: 'overlaid', overlay: { kind: 'copy', operation, under: overlay } });
      void copyOf(operation, 'whole');
    },
    copyPart(part) {
      const { overlay } = store.state();
      if (overlay.kind !== 'copy') return;
      close();
      void copyOf(overlay.operation, part);
    },
  };
}

/** A listed kind as the newest poll shows all of it, whatever the filter: without failures if none of them is failed any more. */
function kindNow({ triage }: Observation, listed: KindSummary): KindSummary {
  const none = { failed: 0, unresolved: 0, accepted: 0, retried: 0, tables: [], workers: [] };
  return triage.kinds.find(({ kind }) => kind === listed.kind) ?? { ...listed, ...none };
}

const nameOf: Readonly<Record<CopyPart, string>> = {
  whole: 'text',
  error: 'error',
  'source-query': 'source query',
  'validation-query': 'validation query',
  id: 'id',
  'command-line': 'command line',
};

function identityOf(operation: Operation, { target }: CopyingOptions['table']): string | null {
  return target.isFollowable ? null : operation.identity;
}

function copiedText(what: string, { file, problem, isCut }: CopyResult): string {
  if (file === null)
    return `copied ${isCut ? 'the beginning of ' : ''}${what} to the clipboard, to no file: ${problem ?? 'unknown'}`;
  if (isCut) return `copied the beginning; all of it is in ${file}`;
  return `copied ${what}, also to ${file}`;
}

/** The message in fewer words: the name of the file says what was copied, and is shown where its path has no room. */
function briefText(what: string, result: CopyResult, room: number): string {
  const { file, isCut } = result;
  if (file === null) return copiedText(what, result);
  const lead = isCut ? 'the beginning; all is in ' : 'copied, also to ';
  return lead + (widthOf(`${lead}${file}`) <= room ? file : `…/${file.slice(file.lastIndexOf('/') + 1)}`);
}
