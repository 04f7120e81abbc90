import headless from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { cleanLine, cleanText } from '../../source/domain/clean-text.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { decide } from '../../source/domain/transitions.ts';
import { visibleName } from '../../source/domain/visible-name.ts';
import type { MonitorEvent } from '../../source/monitor/event.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { noCursor } from '../../source/monitor/page-cursor.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { fieldOf } from '../../source/presentation/text-field.ts';
import { type Theme, themeOf } from '../../source/presentation/theme.ts';
import { viewIds } from '../../source/presentation/view-id.ts';
import type { Window } from '../../source/presentation/window.ts';
import { frameOf, rowsOfFrame } from '../../source/screen/frame.ts';
import { blankRow, parseLine, type Row } from '../../source/screen/terminal/cells.ts';
import { disputedReach, type Reach, reachWithWideAmbiguous } from '../../source/screen/terminal/disputed-width.ts';
import { difference } from '../../source/screen/terminal/frame-diff.ts';
import { auditEntry, nowMs, operation, snapshotOf, takenAt, target } from '../support/fixtures.ts';

const format = '\u0600\u0601\u0602\u0603\u0604\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}';
const circled = '\u3248\u3249\u324A\u324B\u324C\u324D\u324E\u324F';

/** Texts of disputed width, with plain letters among them. */
const hostileTexts = [
  format,
  [...format].join('x'),
  `a${'\u0600'.repeat(60)}b`,
  `${'\u0600'.repeat(60)}7`,
  circled,
  [...circled].join('x'),
  `${'\u324F'.repeat(90)}`,
  'soft\u00ADhyphen zero\u200Bwidth \u2060joined\u2064 \u180Evowel \u034Fgrapheme \u3164filler',
  `tags \u{E0001}\u{E0061}\u{E007F} selectors \uFE0F\u{E0100} annotation \uFFF9\uFFFA\uFFFB`,
  '\u4DC0\u4DFF hexagrams \u303F half',
  'marks e\u0301\u0489 กำ नि 👩‍👩‍👧‍👦 🇩🇪 ❤️ 1️⃣ ⌚ \u{1F3FB}',
  'שלום \u05BF مرحبا \u0610 \u070F\u0710',
];

/** How many columns other terminals give to a character. */
const terminals: Readonly<Record<string, (code: number, agreed: number) => 0 | 1 | 2>> = {
  'glyphs for format characters': (code, agreed) => (within(code, format) || code === 0xad ? 1 : narrowed(agreed)),
  'circled numbers in two columns': (code, agreed) => (within(code, circled) ? 2 : narrowed(agreed)),
  'both, and nothing that is of no width': (code, agreed) =>
    within(code, circled) ? 2 : within(code, format) ? 1 : narrowed(agreed),
  'as old as Unicode 6': (_code, agreed) => narrowed(agreed),
};

function within(code: number, characters: string): boolean {
  return characters.includes(String.fromCodePoint(code));
}

function narrowed(width: number): 0 | 1 | 2 {
  return width >= 2 ? 2 : width === 1 ? 1 : 0;
}

/** Every text field of every row, hostile in its own way. */
function rowsWith(text: string): Operation[] {
  const statuses = ['running', 'paused', 'failed', 'pending', 'completed', 'skipped'] as const;
  return statuses.flatMap((status, index) =>
    [0, 1].map((more) =>
      operation({
        id: index * 2 + more + 1,
        status,
        tableName: visibleName(more === 0 ? text : `x${text}`).slice(0, 200),
        operation: visibleName(text),
        errorMessage: cleanLine(text),
        sourceQuery: cleanText(`SELECT '${text}'\n${text}`),
        validationQuery: cleanText(text),
      }),
    ),
  );
}

function entry(text: string): AuditEntry {
  const shown = visibleName(text);
  return auditEntry({
    at: takenAt - 9,
    databaseRole: shown,
    osUser: shown,
    host: shown,
    client: shown,
    action: shown,
    fromStatus: shown,
    toStatus: shown,
    reason: cleanLine(text),
    outcome: shown,
  });
}

function states(text: string, window: Window): MonitorState[] {
  const rows = rowsWith(text);
  const shown = visibleName(text);
  const named = { ...target, user: shown, database: shown, table: `public."${shown}"`, audit: `public."${shown}"` };
  const base = [takenAt - 60, takenAt].reduce(
    (state, at) =>
      reduce(state, {
        kind: 'polled',
        snapshot: {
          ...snapshotOf(rows, at),
          unreadable: [
            { kind: 'rows' as const, operations: 3, problem: `status is "${shown}", which migtop does not know` },
          ],
        },
        atMs: nowMs - (takenAt - at) * 1000,
        nextSeconds: 1,
      }),
    initialState({ target: named, readOnly: null, intervalSeconds: 1, window, nowMs: nowMs - 60_000 }),
  );
  const after = (...events: MonitorEvent[]): MonitorState => events.reduce(reduce, base);
  const [first = operation()] = rows;
  const failed = rows.find(({ status }) => status === 'failed') ?? first;
  const decision = decide('skip', failed);
  if (decision.kind === 'refused') throw new Error(decision.reason.kind);
  const { transition } = decision;
  const page = { operations: rows, atNewest: true, atOldest: true, filter: '' };
  return [
    ...viewIds.map((view) =>
      after(
        { kind: 'viewed', view },
        { kind: 'paged', page, place: null },
        { kind: 'audited', activity: [entry(text), entry(`${text}x`)], atMs: nowMs },
        { kind: 'toasted', toast: { tone: 'bad', text: cleanLine(`not paused: ${text}`), atMs: nowMs } },
      ),
    ),
    after(
      { kind: 'overlaid', overlay: { kind: 'detail', id: failed.id, detail: null, problem: null, top: 0 } },
      { kind: 'detailed', id: failed.id, detail: { takenAt, operation: failed, attempts: rows }, problem: shown },
    ),
    after({
      kind: 'overlaid',
      overlay: {
        kind: 'confirm',
        operation: failed,
        transition,
        reason: fieldOf(cleanLine(text)),
        editing: true,
        reasonBefore: fieldOf(''),
      },
    }),
    after({
      kind: 'overlaid',
      overlay: {
        kind: 'filter',
        field: fieldOf(cleanLine(text)),
        before: { filter: '', cursor: noCursor },
        recalled: null,
        completing: null,
      },
    }),
    after({ kind: 'overlaid', overlay: { kind: 'since', field: fieldOf(cleanLine(text)) } }),
    after({ kind: 'lost', atMs: nowMs, attempt: 3, problem: cleanLine(text) }),
  ];
}

function rowsOf(state: MonitorState, theme: Theme = themeOf({ LANG: 'en_US.UTF-8' })): Row[] {
  const frame = frameOf(state, theme);
  if (frame.body.kind === 'help') throw new Error('the help has no text of the database');
  return rowsOfFrame(frame).map((line) => parseLine(line, state.window.columns));
}

/** A terminal with its own widths. */
function terminalWith({ columns, rows }: Window, width: (code: number, agreed: number) => 0 | 1 | 2) {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  const old = (code: number): number => {
    const character = String.fromCodePoint(code);
    if (/^[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u.test(character)) return 0;
    return /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]$/u.test(character) ? 2 : 1;
  };
  terminal.unicode.register({
    version: 'hostile',
    wcwidth: (code) => width(code, old(code)),
    charProperties(code, preceding) {
      const columnsOf = width(code, old(code));
      const joins = columnsOf === 0 && preceding !== 0;
      return ((joins ? (preceding >> 1) & 3 : columnsOf) << 1) | (joins ? 1 : 0);
    },
  });
  terminal.unicode.activeVersion = 'hostile';
  return terminal;
}

/** The cells with a wrong content, except cells of a character of disputed width. */
function strayed(
  terminal: ReturnType<typeof terminalWith>,
  rows: readonly Row[],
  reachOf: Reach = disputedReach,
): string[] {
  const found: string[] = [];
  for (const [y, { texts }] of rows.entries()) {
    const line = terminal.buffer.active.getLine(y);
    let isDisputed = false;
    for (const [x, text] of texts.entries()) {
      if (text !== '') isDisputed = reachOf(text) > 0;
      if (isDisputed || text === '') continue;
      const seen = line?.getCell(x)?.getChars() || ' ';
      // A mark that takes no column may be drawn onto the cell before it.
      const isMarked = seen.startsWith(text) && /^[\p{Mark}\p{Format}]*$/u.test(seen.slice(text.length));
      if (!isMarked) found.push(`${y}:${x} "${seen}" for "${text}"`);
    }
  }
  return found;
}

const windows: readonly Window[] = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
  { columns: 60, rows: 15 },
];

/** The frames of one text in one window, made once for all terminals. */
interface Drawing {
  readonly text: string;
  readonly window: Window;
  readonly frames: readonly { readonly view: string; readonly overlay: string; readonly rows: readonly Row[] }[];
  /** The bytes that change each frame into the next one. */
  readonly bytes: readonly string[];
}

let drawings: readonly Drawing[] | undefined;

function allDrawings(): readonly Drawing[] {
  drawings ??= windows.flatMap((window) =>
    hostileTexts.map((text) => {
      let before: readonly Row[] = new Array<Row>(window.rows).fill(blankRow(window.columns));
      const bytes: string[] = [];
      const frames = states(text, window).map((state) => {
        const rows = rowsOf(state);
        bytes.push(difference(before, rows, window.columns));
        before = rows;
        return { view: state.view, overlay: state.overlay.kind, rows };
      });
      return { text, window, frames, bytes };
    }),
  );
  return drawings;
}

describe('a text of disputed width', () => {
  for (const [name, width] of Object.entries(terminals)) {
    it(`stays in its column in every view, on a terminal with ${name}`, async () => {
      for (const { text, window, frames, bytes } of allDrawings()) {
        const terminal = terminalWith(window, width);
        terminal.write('\u001B[?1049h\u001B[?7l');
        for (const [index, { view, overlay, rows }] of frames.entries()) {
          await new Promise<void>((resolve) => terminal.write(bytes[index] ?? '', resolve));
          expect({ text, view, overlay, strayed: strayed(terminal, rows) }).toEqual({
            text,
            view,
            overlay,
            strayed: [],
          });
        }
        terminal.dispose();
      }
    });
  }
});

describe('a terminal that draws characters of ambiguous width in two columns', () => {
  const text = 'naïve café … — ‖ ○●◎★ ±×÷ ①② αβγ ЖЗИ ║═╬ ▲▼ § ® № 中文 かな';
  const isAmbiguous = (code: number): boolean =>
    reachWithWideAmbiguous(String.fromCodePoint(code)) > 0 && code < 0x3000;

  it('shows no wrong digit, and every letter whole, in any view', async () => {
    const theme = themeOf({ LANG: 'ja_JP.UTF-8' }, { ambiguousWidth: '2' });
    let letters = 0;
    for (const window of windows) {
      const terminal = terminalWith(window, (code, agreed) => (isAmbiguous(code) ? 2 : narrowed(agreed)));
      let before: readonly Row[] = new Array<Row>(window.rows).fill(blankRow(window.columns));
      let bytes = '\u001B[?1049h\u001B[?7l';
      for (const state of states(text, window)) {
        const rows = rowsOf(state, theme);
        bytes += difference(before, rows, window.columns, reachWithWideAmbiguous);
        before = rows;
        await new Promise<void>((resolve) => terminal.write(bytes, resolve));
        bytes = '';
        expect({ view: state.view, strayed: strayed(terminal, rows, reachWithWideAmbiguous) }).toEqual({
          view: state.view,
          strayed: [],
        });
        const missing = rows.flatMap(({ texts }, y) =>
          texts.flatMap((letter, x) => {
            const cell = terminal.buffer.active.getLine(y)?.getCell(x);
            return isAmbiguous(letter.codePointAt(0) ?? 0) && cell?.getChars() !== letter
              ? [`${y}:${x} ${letter}`]
              : [];
          }),
        );
        expect({ view: state.view, missing }).toEqual({ view: state.view, missing: [] });
      }
      letters += before
        .flatMap(({ texts }) => texts)
        .filter((letter) => 'αЖ①'.includes(letter) && letter !== '').length;
    }
    expect(letters).toBeGreaterThan(0);
  });
});
