import { sortNames } from '../presentation/sorts.ts';
import { type Command, keyName, type Reason, type Scope } from './command.ts';
import { commandsOf, keyOf } from './commands.ts';
import type { Controls } from './controls.ts';
import type { MonitorState } from './state.ts';
import { sortedList } from './views.ts';

/** An entry of the palette. */
export interface Found {
  /** The name of its command; absent if it is none. */
  readonly command?: string;
  /** The names of the keys that do the same; empty if there are none. */
  readonly keys: string;
  readonly meaning: string;
  /** Why it can do nothing now, or null. */
  readonly reason: Reason | null;
  readonly run: (controls: Controls) => void;
}

/** The entries of the palette for its text, best first; none while it is closed. */
export function foundCommands(state: MonitorState): readonly Found[] {
  const { overlay } = state;
  if (overlay.kind !== 'palette') return [];
  const given = overlay.field.text.trim();
  const text = given.toLowerCase();
  if (isId(text)) return [goTo(Number(text), keyOf(state, 'apply'))];
  const under: MonitorState = { ...state, overlay: overlay.under };
  const all = candidates(under);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const scored = all
    .flatMap(({ searched, found }) => {
      const scores = words.map((word) => scoreOf(word, searched));
      const isFound = scores.every((score) => score !== null);
      const worst = Math.max(0, ...scores.map((score) => score ?? 0));
      return isFound ? [{ found, worst, score: scores.reduce((sum: number, score) => sum + (score ?? 0), 0) }] : [];
    })
    .toSorted((a, b) => a.score - b.score);
  // Letters that are only somewhere in a text count if nothing has the words themselves.
  const level = [beginning, within, Number.POSITIVE_INFINITY].find((one) => scored.some(({ worst }) => worst < one));
  const byWord = scored.filter(({ worst }) => worst < (level ?? 0)).map(({ found }) => found);
  // `P` is another key than `p`.
  const isTyped = (key: string): boolean => key === given || (key.length > 1 && key.toLowerCase() === text);
  const ofKey = all.filter(({ keys }) => keys.some(isTyped)).map(({ found }) => found);
  return ofKey.length === 0 ? byWord : [...ofKey, ...byWord.filter((found) => !ofKey.includes(found))];
}

/** The entry that Enter runs; null if none is chosen. */
export function chosenCommand(state: MonitorState): Found | null {
  const found = foundCommands(state);
  return found[chosenIndex(state, found.length) ?? -1] ?? null;
}

/** Which of the entries is chosen. Before anything is typed, none is: Enter alone must not run one. */
export function chosenIndex({ overlay }: MonitorState, length: number): number | null {
  if (overlay.kind !== 'palette' || length === 0) return null;
  if (overlay.index === null) return overlay.field.text.trim() === '' ? null : 0;
  return Math.max(0, Math.min(overlay.index, length - 1));
}

/** Whether the text of the palette is an id: Enter opens that operation. */
export function isId(text: string): boolean {
  return /^-?\d{1,15}$/.test(text.trim());
}

function goTo(id: number, key: string): Found {
  return { keys: key, meaning: `Open operation ${id}`, reason: null, run: (controls) => controls.goTo(id) };
}

interface Candidate {
  /** The names of its keys, each of which finds it. */
  readonly keys: readonly string[];
  readonly searched: readonly string[];
  readonly found: Found;
}

function candidates(state: MonitorState): readonly Candidate[] {
  const scope: Scope = state.overlay.kind === 'detail' ? 'detail' : 'list';
  const offered = commandsOf(state)
    .filter((command) => command.scopes.includes(scope) && command.id !== 'palette')
    .map(
      (command): Candidate => ({
        keys: command.keys.map(keyName),
        searched: searchedIn(command),
        found: ofCommand(command, state),
      }),
    );
  const sorts = scope === 'list' ? sortNames(sortedList(state), state.personal.columns) : [];
  return [
    ...offered,
    ...sorts.map(
      (by): Candidate => ({
        keys: [],
        searched: [`sort by ${by}`],
        found: {
          keys: keyOf(state, 'sort'),
          meaning: `Sort by ${by}`,
          reason: null,
          run: (controls) => controls.sortBy(by),
        },
      }),
    ),
  ];
}

function ofCommand(command: Command, state: MonitorState): Found {
  return {
    command: command.id,
    keys: command.keys.map(keyName).join(' '),
    meaning: command.help,
    reason: command.disabledReason(state),
    run: command.run,
  };
}

/** How many texts of a command are searched. */
const searchedTexts = 4;

function searchedIn({ id, label, help, searchWords = '' }: Command): readonly string[] {
  return [label, id, help, searchWords].map((text) => text.toLowerCase());
}

/** How well a word is found in one of the texts, the lower the better; null if its letters are in none of them in order. */
function scoreOf(word: string, texts: readonly string[]): number | null {
  const scores = texts.flatMap((text, index) => {
    const score = scoreIn(word, text);
    return score === null ? [] : [score * searchedTexts + index];
  });
  return scores.length === 0 ? null : Math.min(...scores);
}

/** Scores below these are of a word that begins with the typed one, and of a text that has it anywhere. */
const beginning = 3 * searchedTexts;
const within = 4 * searchedTexts;

function scoreIn(word: string, text: string): number | null {
  if (text === word) return 0;
  if (text.startsWith(word)) return 1;
  if (text.split(/[^\p{L}\p{N}]+/u).some((one) => one.startsWith(word))) return 2;
  if (text.includes(word)) return 3;
  // One letter in the middle of a word, or letters far apart, mean nothing.
  const span = spanOf(word, text);
  return word.length < 2 || span === null || span > word.length * 3 ? null : 4 + span;
}

/** How many characters of the text the letters of the word take, in their order; null if they are not there. */
function spanOf(word: string, text: string): number | null {
  const first = text.indexOf(word[0] ?? '');
  let at = first - 1;
  for (const letter of word) {
    at = text.indexOf(letter, at + 1);
    if (at === -1) return null;
  }
  return at - first + 1;
}
