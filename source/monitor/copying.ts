import { createHash } from 'node:crypto';
import { messageOf } from '../database/database-error.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Operation } from '../domain/operation.ts';
import { redactError, redactSql } from '../domain/redact.ts';
import type { ControlTable, OperationDetail } from '../polling/control-table.ts';
import { handoffMarkdown, showCommand } from '../presentation/handoff-text.ts';
import { kindMarkdown } from '../presentation/kind-handoff.ts';
import { notFound } from '../presentation/result-text.ts';
import type { KindRow } from '../presentation/rows.ts';
import type { Toast } from '../presentation/toast.ts';
import type { Controls } from './controls.ts';
import type { CopyPart } from './copy-part.ts';
import { decidedActions } from './decided-actions.ts';
import { recordOf } from './detail-extras.ts';
import { shown } from './state.ts';
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
  readonly toast: (tone: Toast['tone'], text: string) => void;
  /** Takes values out of errors and queries. */
  readonly redact: boolean;
  readonly copy: (copied: Copied) => Promise<CopyResult>;
}

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
      const result = await copy({ text, fileName: fileNameOf(operation.id, part) });
      toast(result.file === null ? 'bad' : 'good', resultText(operation.id, part, result));
    } catch (error) {
      toast('bad', `cannot copy operation ${operation.id}: ${messageOf(error)}`);
    }
  }

  /** Copies a kind of failure: it has no parts. */
  async function copyKind({ summary }: KindRow): Promise<void> {
    const observation = shown(store.state());
    if (observation === null) return;
    const filter = kindFilter(summary.kind, '');
    try {
      // The audit is read again, to include actions of other sessions since the last read.
      const activity = (await table.activity().catch(() => null)) ?? store.state().activity;
      const text = kindMarkdown({
        summary,
        observation,
        activity,
        tracked: decidedActions(store.state()),
        areIdsUnique: table.target.isFollowable,
        mayBeHidden: table.target.rowSecurity,
        target: table.target,
        filter,
        redact,
      });
      const result = await copy({ text, fileName: kindFile(summary.kind) });
      toast(
        result.file === null ? 'bad' : 'good',
        copiedText(result.file === null ? 'this kind of failure' : '', result),
      );
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
          record: recordOf({ ...store.state(), activity }, detail),
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

/** A name of letters, digits and hyphens, whatever the errors of the kind say; the same kind has the same file. */
function kindFile(kind: string): string {
  const words = kind
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, longestWords)
    .replace(/-$/, '');
  const digest = createHash('sha256').update(kind).digest('hex').slice(0, 6);
  return `${['failures', words, digest].filter(Boolean).join('-')}.md`;
}

/** 80 columns have room for its whole path. */
const longestWords = 18;

function fileNameOf(id: number, part: CopyPart): string {
  return part === 'whole' ? `operation-${id}.md` : `operation-${id}-${part}.txt`;
}

function resultText(id: number, part: CopyPart, result: CopyResult): string {
  if (part === 'whole') return copiedText(`operation ${id}`, result);
  // The file's name says which part it is: 80 columns have room for its whole path.
  return copiedText(result.file === null ? `the ${nameOf[part]} of operation ${id}` : '', result);
}

function copiedText(what: string, { file, problem, isCut }: CopyResult): string {
  if (file === null)
    return `copied ${isCut ? 'the beginning of ' : ''}${what} to the clipboard, to no file: ${problem ?? 'unknown'}`;
  if (isCut) return `copied the beginning; all of it is in ${file}`;
  return `copied${what === '' ? '' : ` ${what}`}, also to ${file}`;
}
