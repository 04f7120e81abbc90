import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { selectedRow } from '../../source/monitor/views.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { type ViewId, viewIds } from '../../source/presentation/view-id.ts';
import { frameOf, rowsOfFrame } from '../../source/screen/frame.ts';
import { type FakeTable, monitorOf, type Watched } from './fake-table.ts';
import { nowMs } from './fixtures.ts';

/**
 * An operator at a monitor: `await operator.focus('failures').press('j', 's').seesDialog('Skip operation 3')`. The steps run in
 * their order when the sentence is awaited; each waits for what follows from it at once.
 */
export interface Operator extends Watched {
  /** Opens a view; of the Failures view the first kind of failure. */
  focus(view: ViewId): Sentence;
  /** Presses keys one after the other. */
  press(...chords: string[]): Sentence;
  /** Presses keys that arrive in one piece, as held keys do. */
  hold(...chords: string[]): Sentence;
  /** Lets time pass, here and on the database's clock. */
  waits(seconds: number): Sentence;
  /** Each of the texts is on the screen. */
  sees(...texts: (string | RegExp)[]): Sentence;
  /** The question before an action is on the screen, with that text. */
  seesDialog(text: string | RegExp): Sentence;
  seesNoDialog(): Sentence;
  /** The message about the last action. */
  seesToast(text: string | RegExp): Sentence;
}

export type Sentence = Pick<
  Operator,
  'focus' | 'press' | 'hold' | 'waits' | 'sees' | 'seesDialog' | 'seesNoDialog' | 'seesToast'
> &
  PromiseLike<void>;

const theme = themeOf({ LANG: 'C.UTF-8' });

/** Settles all that is due now, without any time passing. */
export const flush = () => vi.advanceTimersByTimeAsync(0);

/** Lets time pass, here and on the database's clock. */
export async function second(table: FakeTable, seconds = 1): Promise<void> {
  table.takenAt += seconds;
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}

/**
 * Gives the tests of a file a clock that only they move, and monitors that are stopped after each test.
 *
 * @returns what opens a monitor of a table and waits for its first poll
 */
export function monitorsUnderTest(): (table: FakeTable, given?: Parameters<typeof monitorOf>[1]) => Promise<Operator> {
  let stops: (() => Promise<void>)[] = [];
  beforeEach(() => {
    vi.useFakeTimers({ now: nowMs });
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
    stops = [];
    vi.useRealTimers();
  });
  return async (table, given = {}) => {
    const watched = monitorOf(table, given);
    stops.push(() => watched.monitor.stop());
    watched.monitor.start();
    await flush();
    return operatorOf(watched, table);
  };
}

function operatorOf(watched: Watched, table: FakeTable): Operator {
  const { monitor, state } = watched;
  const screen = (): string => stripVTControlCharacters(rowsOfFrame(frameOf(state(), theme)).join('\n'));
  const holds = (actual: string, text: string | RegExp): void => {
    if (typeof text === 'string') expect(actual).toContain(text);
    else expect(actual).toMatch(text);
  };

  function sentence(before: Promise<void>): Sentence {
    const step = (work: () => unknown): Sentence =>
      sentence(
        before.then(async () => {
          await work();
        }),
      );
    const pressed = async (chords: string[]): Promise<void> => {
      monitor.press(chords);
      await flush();
    };
    return {
      focus: (view) =>
        step(async () => {
          await pressed([String(viewIds.indexOf(view) + 1)]);
          if (view === 'failures' && selectedRow(state())?.kind === 'kind') await pressed(['enter']);
        }),
      press: (...chords) =>
        step(async () => {
          for (const chord of chords) await pressed([chord]);
        }),
      hold: (...chords) => step(() => pressed(chords)),
      waits: (seconds) => step(() => second(table, seconds)),
      sees: (...texts) =>
        step(() => {
          for (const text of texts) holds(screen(), text);
        }),
      seesDialog: (text) =>
        step(() => {
          expect(state().overlay.kind).toBe('confirm');
          holds(screen(), text);
        }),
      seesNoDialog: () => step(() => expect(state().overlay.kind).not.toBe('confirm')),
      seesToast: (text) => step(() => holds(state().toast?.text ?? '', text)),
      // biome-ignore lint/suspicious/noThenProperty: a sentence is awaited
      then: (onDone, onFailed) => before.then(onDone, onFailed),
    };
  }

  const begin = (): Sentence => sentence(Promise.resolve());
  return {
    ...watched,
    focus: (view) => begin().focus(view),
    press: (...chords) => begin().press(...chords),
    hold: (...chords) => begin().hold(...chords),
    waits: (seconds) => begin().waits(seconds),
    sees: (...texts) => begin().sees(...texts),
    seesDialog: (text) => begin().seesDialog(text),
    seesNoDialog: () => begin().seesNoDialog(),
    seesToast: (text) => begin().seesToast(text),
  };
}
