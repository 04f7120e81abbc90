import { operationKey } from '../domain/operation.ts';
import { isTooSmall } from '../presentation/layout.ts';
import { graphemesOf } from '../presentation/text-width.ts';
import type { Say } from '../presentation/toast.ts';
import { type Command, hintOf, isField, keyName, type Scope } from './command.ts';
import { commandFor, commandsOf, keyOf, scopeOf } from './commands.ts';
import type { Controls } from './controls.ts';
import { isHeldBack } from './held-back.ts';
import { isDialog } from './overlay.ts';
import { isOpener, isPasted, withoutTails } from './pasted.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import type { Typed } from './typed.ts';
import { selectedOperation } from './views.ts';

export interface KeyboardOptions {
  readonly store: Store;
  readonly controls: Controls;
  /** Puts text into the field that is open. */
  readonly type: (text: string) => void;
  readonly toast: Say;
  readonly now: () => number;
}

/** The same write key on the same row within this time counts as one press. */
const momentMs = 700;
/** How many characters of a paste a terminal sends at once; input right after them is the rest of the paste. */
const fullChunk = 1000;
const restOfPasteMs = 100;

/** How many characters may have been typed on a slow line that delivers them at once. */
const mostTyped = 200;

/** The keys that count also in a longer text: they close a field, or end or suspend the program. */
const leavingKeys: ReadonlySet<string> = new Set(['escape', 'enter', 'ctrl-c', 'ctrl-z']);

interface Written {
  readonly command: string;
  /** The operation that it was about. */
  readonly target: string | null;
  readonly atMs: number;
  /** When the newest action before it was applied. */
  readonly after: number | undefined;
}

/** Runs the registry's commands for the typed keys, one chunk of input after the other. */
export function createKeyboard({
  store,
  controls,
  type,
  toast,
  now,
}: KeyboardOptions): (typed: readonly Typed[]) => void {
  let isHinted = false;
  let lastWrite: Written | null = null;
  let pastedUntilMs = Number.NEGATIVE_INFINITY;

  function ignorePaste(characters: number): void {
    if (characters >= fullChunk) pastedUntilMs = now() + restOfPasteMs;
    const state = store.state();
    const opener = commandsOf(state).find(({ id, scopes }) => isOpener(id) && scopes.includes(scopeOf(state)));
    const where = opener === undefined ? '' : `: press ${keyName(opener.keys[0] ?? '')} to paste into the ${opener.id}`;
    const what = characters === 1 ? 'a pasted character' : `${characters} pasted characters`;
    toast('bad', `ignored ${what}${where}`, { isHint: true });
  }

  /** Keys that arrived with the one that opened a dialog: on a slow line, an operator has to type them again. */
  function early(typed: readonly Typed[]): void {
    const keys = typed.filter(({ kind }) => kind === 'character' || kind === 'key').length;
    if (keys === 0) return;
    const what = keys === 1 ? 'a key' : `${keys} keys`;
    toast('info', `ignored ${what} typed before this question was shown`, { isHint: true });
  }

  function isRestOfPaste(typed: readonly Typed[]): boolean {
    return now() < pastedUntilMs && typed.some(({ kind }) => kind === 'character');
  }

  /** Runs what a key means here. Returns whether the keys after it in the same chunk still count. */
  function press(chord: string): boolean {
    const state = store.state();
    const scope = scopeOf(state);
    const command = commandFor(state, chord, scope) ?? (chord.startsWith('alt-') ? withAlt(state, scope) : null);
    // A window that is too small shows no rows: no key may act on one.
    if (isTooSmall(state.window) && command?.group !== 'Program') return true;
    if (command === null) {
      if (scope === 'copy') return beside(chord);
      unknown(chord, scope);
      return true;
    }
    const target = targetOf(command, state);
    if (isSamePress(command, target)) return true;
    const reason = command.disabledReason(state);
    if (reason !== null) {
      if (command.id !== 'back') toast('bad', reason.text, hintOf(reason));
      return !endsChunk(command);
    }
    if (isHeldBack(store, toast, command.id, chord)) return false;
    command.run(controls);
    const after = store.state();
    if (command.writes && after.writing > state.writing) {
      lastWrite = { command: command.id, target, atMs: now(), after: state.trackedActions.at(-1)?.requestedAt };
    }
    // Keys that were typed before the dialog was on the screen do not answer it.
    const isAsked = isDialog(after.overlay) && !isDialog(state.overlay);
    return !isAsked && !endsChunk(command);
  }

  /** A key that is none of the copy menu closes it. It counts where the menu was opened, but not one that changes a table: that one has to be pressed again. */
  function beside(chord: string): boolean {
    const state = store.state();
    if (state.overlay.kind !== 'copy') return true;
    const { under } = state.overlay;
    const command = commandFor(state, chord, scopeOf({ ...state, overlay: under }));
    if (command === null) {
      nothingHere(chord);
      return true;
    }
    store.emit({ kind: 'overlaid', overlay: under });
    if (!command.writes && command.group !== 'Act') return press(chord);
    toast('info', `${keyName(chord)} did nothing, it closed the copy menu: press it again`, { isHint: true });
    return false;
  }

  /** Whether a key is held down, or was hit twice: then it counts as one press. */
  function isSamePress({ id }: Command, target: string | null): boolean {
    if (lastWrite === null || lastWrite.command !== id || now() - lastWrite.atMs >= momentMs) return false;
    if (lastWrite.target !== target && id !== 'undo') return false;
    const { writing, trackedActions } = store.state();
    // After an undo, the next one has to say that there is nothing to undo; and an action that failed may be tried again.
    const isDone = id !== 'undo' && trackedActions.at(-1)?.requestedAt !== lastWrite.after;
    if (writing === 0 && !isDone) return false;
    lastWrite = { ...lastWrite, atMs: now() };
    return true;
  }

  /** A menu, a dialog, the help and the detail say of a key that works only in a list what has to be closed first. */
  function nothingHere(chord: string): void {
    const name = /^[ -~]+$/.test(chord) ? keyName(chord) : 'that key';
    toast('info', `${name} does nothing here: ${keyOf(store.state(), 'back')} closes this first`, { isHint: true });
  }

  /** A key without a meaning: text for a field, or one that another keyboard layout makes of a key. */
  function unknown(chord: string, scope: Scope): void {
    const isCharacter = graphemesOf(chord).length === 1;
    if (isField(scope)) {
      // Keys with names put nothing into a text.
      if (isCharacter) type(chord);
    } else if (scope !== 'list' && commandFor(store.state(), chord, 'list') !== null) {
      // The key of a view, or one that the message of an action has named (`u undoes it`).
      nothingHere(chord);
    } else if (isCharacter && !isHinted && /^[^\u0000-\u007F]$/u.test(chord) && /^\p{Letter}/u.test(chord)) {
      isHinted = true;
      toast('info', `${chord} is not a key of migtop: switch the keyboard to Latin letters`);
    }
  }

  /**
   * How many of the inputs from this one on are only text for the open field: no key of the field is among them.
   *
   * @param isPaste whether the chunk has more characters than anyone types: then its tabs are those of a table, and its control
   * characters are no keys, apart from those that leave the field. Each of them would be a change of the field.
   */
  function textLength(typed: readonly Typed[], from: number, isPaste: boolean): number {
    const state = store.state();
    const scope = scopeOf(state);
    if (!isField(scope) || isTooSmall(state.window)) return 0;
    const isText = (one: Typed | undefined): boolean => {
      if (one?.kind === 'key') return isPaste && !leavingKeys.has(one.chord);
      if (one?.kind !== 'character') return false;
      if (one.text === '\t') return isPaste;
      return chordOf(one.text) === one.text && commandFor(state, one.text, scope) === null;
    };
    let end = from;
    while (isText(typed[end])) end += 1;
    return end - from;
  }

  function ofChunk(typed: readonly Typed[]): void {
    let textEnd = 0;
    const isPaste = typed.filter(({ kind }) => kind === 'character').length > mostTyped;
    for (const [index, one] of typed.entries()) {
      if (index < textEnd) continue;
      // One change for all of them: a paste that the terminal did not mark may have many thousands.
      const length = textLength(typed, index, isPaste);
      if (length > 0) {
        textEnd = index + length;
        type(textOf(typed.slice(index, textEnd)));
        continue;
      }
      const before = scopeOf(store.state());
      if (one.kind === 'paste') {
        if (isField(before)) type(one.text);
        else ignorePaste(graphemesOf(one.text.slice(0, 20_000)).length);
      } else if (one.kind !== 'tail') {
        const isLineEnd = one.kind === 'character' && /^[\r\n]+$/.test(one.text);
        const rest = typed.slice(index + 1);
        if (!press(one.kind === 'key' ? one.chord : chordOf(one.text))) {
          if (isDialog(store.state().overlay)) early(rest);
          return;
        }
        // If a chunk has several lines, the first one is the text; the others are not keys.
        if (isLineEnd && isField(before) && !isField(scopeOf(store.state())) && hasCharacters(rest)) {
          ignorePaste(rest.length);
          return;
        }
      }
    }
  }

  return (all) => {
    const typed = joined(withoutTails(all));
    const state = store.state();
    if (isField(scopeOf(state)) || !(isPasted(typed, state) || isRestOfPaste(typed))) {
      ofChunk(typed);
      return;
    }
    ignorePaste(typed.length);
    if (typed.some((one) => one.kind === 'key' && one.chord === 'ctrl-c')) press('ctrl-c');
  };
}

/** The operation that a command is about; null where it is about none. */
function targetOf({ id }: Command, state: MonitorState): string | null {
  if (id === 'undo')
    return state.undoable === null ? null : `${state.undoable.undo.id} ${state.undoable.undo.identity}`;
  const operation = selectedOperation(state);
  return operation === null ? null : operationKey(operation);
}

/** Whether the keys after it in the same chunk are ignored: they are meant for the next program on the terminal. */
function endsChunk({ id }: Command): boolean {
  return id === 'quit' || id === 'leave' || id === 'suspend';
}

/**
 * A letter with Alt over a slow line may be Esc and a letter that arrived together: it closes what is open, as Esc would.
 * A text that is being typed, and a filter, are not discarded for that.
 */
function withAlt(state: MonitorState, scope: Scope): Command | null {
  return ['detail', 'help', 'confirm', 'bulk', 'copy'].includes(scope) ? commandFor(state, 'escape', scope) : null;
}

function hasCharacters(typed: readonly Typed[]): boolean {
  return typed.some(({ kind }) => kind === 'character');
}

function textOf(typed: readonly Typed[]): string {
  return typed.map((one) => (one.kind === 'character' ? one.text : '')).join('');
}

function chordOf(text: string): string {
  if (/^[\r\n]+$/.test(text)) return 'enter';
  return text === '\t' ? 'tab' : text;
}

/** Joins adjacent characters to graphemes: a letter and its accent are one. */
function joined(typed: readonly Typed[]): Typed[] {
  const whole: Typed[] = [];
  let text = '';
  const flush = (): void => {
    for (const grapheme of graphemesOf(text)) whole.push({ kind: 'character', text: grapheme });
    text = '';
  };
  for (const one of typed) {
    if (one.kind === 'character') text += one.text;
    else {
      flush();
      whole.push(one);
    }
  }
  flush();
  return whole;
}
