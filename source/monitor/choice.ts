import { type Edit, edited, fieldOf, inserted, isEdit, type TextField } from '../presentation/text-field.ts';
import type { Window } from '../presentation/window.ts';
import { commandFor } from './commands.ts';
import { notPersonal } from './personal.ts';
import type { Typed } from './typed.ts';

/** A target as the choice lists it. */
export interface ChoiceTarget {
  readonly name: string;
  /** `ops@db1/dispatch`. */
  readonly place: string;
  readonly isProduction: boolean;
}

/** The choice of a target, while it is on the screen. */
export interface ChoiceState {
  readonly targets: readonly ChoiceTarget[];
  readonly window: Window;
  /** The text that finds a target. */
  readonly field: TextField;
  /** Which of the found targets is chosen. */
  readonly index: number;
  /** The target that migtop connects to; null while none is chosen. */
  readonly connecting: string | null;
  /** The password, while it is typed. */
  readonly password: { readonly user: string; readonly field: TextField } | null;
  /** Why the last connection failed. */
  readonly problem: string | null;
  /** The target of the session, which Esc returns to; null at the start. */
  readonly current: string | null;
  /** Whether Esc returns to a session. */
  readonly mayReturn: boolean;
}

export interface Choice {
  state(): ChoiceState;
  subscribe(listener: () => void): () => void;
  take(typed: readonly Typed[]): void;
  resize(window: Window): void;
}

/** The targets that the text finds: each of its words is in the name or in the place. Those whose names have all words come first. */
export function foundTargets({ targets, field }: Pick<ChoiceState, 'targets' | 'field'>): readonly ChoiceTarget[] {
  const words = field.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const found = targets.filter(({ name, place }) => has(`${name} ${place}`));
  return [...found.filter(({ name }) => has(name)), ...found.filter(({ name }) => !has(name))];
}

export interface ChoiceOptions {
  readonly targets: readonly ChoiceTarget[];
  readonly window: Window;
  readonly current: string | null;
  readonly mayReturn: boolean;
  /**
   * Connects to a target; `ask` asks for the password. Resolves to null if it is connected, else to the problem.
   *
   * @param signal fires if the operator does not want it any more
   */
  readonly connect: (
    name: string,
    ask: (user: string) => Promise<string | null>,
    signal: AbortSignal,
  ) => Promise<string | null>;
  /** The operator returns to the session, or leaves migtop. */
  readonly onReturn: () => void;
  readonly onQuit: () => void;
  readonly onRedraw: () => void;
  readonly onSuspend: () => void;
}

/** The choice of a target without a screen. */
export function createChoice(options: ChoiceOptions): Choice {
  const listeners = new Set<() => void>();
  let state: ChoiceState = {
    targets: options.targets,
    window: options.window,
    field: fieldOf(''),
    index: Math.max(
      0,
      options.targets.findIndex(({ name }) => name === options.current),
    ),
    connecting: null,
    password: null,
    problem: null,
    current: options.current,
    mayReturn: options.mayReturn,
  };
  let answer: (password: string | null) => void = () => {};
  let stopping = new AbortController();

  function set(change: Partial<ChoiceState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  /** @param signal of the connection that asks: an abandoned one must not get a password that is meant for another server */
  function ask(user: string, signal: AbortSignal): Promise<string | null> {
    if (signal.aborted) return Promise.resolve(null);
    set({ password: { user, field: fieldOf('') } });
    return new Promise((resolve) => {
      answer = resolve;
    });
  }

  function answered(password: string | null): void {
    set({ password: null });
    answer(password);
  }

  async function connect(name: string): Promise<void> {
    const own = new AbortController();
    stopping = own;
    set({ connecting: name, problem: null });
    const problem = await options.connect(name, (user) => ask(user, own.signal), own.signal);
    if (!own.signal.aborted) set({ connecting: null, password: null, problem });
  }

  /** Stops connecting; returns whether it was connecting. */
  function stop(): boolean {
    if (state.connecting === null) return false;
    stopping.abort();
    answer(null);
    set({ connecting: null, password: null, problem: null });
    return true;
  }

  function typedText(text: string): void {
    const { password, connecting, field } = state;
    if (password !== null) set({ password: { ...password, field: inserted(password.field, text) } });
    else if (connecting === null) set({ field: inserted(field, text), index: 0 });
  }

  function edit(how: Edit): void {
    const { password, connecting, field } = state;
    if (password !== null) set({ password: { ...password, field: edited(password.field, how) } });
    else if (connecting === null) set({ field: edited(field, how), index: 0 });
  }

  function goBack(): void {
    if (stop()) return;
    if (state.field.text !== '') set({ field: fieldOf(''), index: 0 });
    else if (options.mayReturn) options.onReturn();
    else options.onQuit();
  }

  function apply(): void {
    const { password, connecting, index } = state;
    const found = foundTargets(state);
    const chosen = found[Math.min(index, found.length - 1)];
    if (password !== null) answered(password.field.text);
    else if (connecting === null && chosen !== undefined) void connect(chosen.name);
  }

  function move(rows: 1 | -1): void {
    const last = foundTargets(state).length - 1;
    set({ index: Math.max(0, Math.min(last, state.index + rows)) });
  }

  const handlers: Readonly<Record<string, () => void>> = {
    leave: options.onQuit,
    redraw: options.onRedraw,
    suspend: options.onSuspend,
    back: goBack,
    apply,
    'choose-next': () => move(1),
    'choose-previous': () => move(-1),
  };

  /** The keys are those of the palette, which is a list below a text field too. */
  function press(chord: string): void {
    const id = commandFor({ personal: notPersonal }, chord, 'palette')?.id;
    if (id === undefined) return;
    if (isEdit(id)) edit(id);
    else handlers[id]?.();
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take(typed) {
      for (const one of typed) {
        if (one.kind === 'key') press(one.chord);
        else if (one.kind === 'paste') typedText(one.text);
        else if (one.kind === 'character') {
          if (/^[\r\n]+$/.test(one.text)) press('enter');
          else if (one.text === '\t') press('tab');
          else typedText(one.text);
        }
      }
    },
    resize: (window) => set({ window }),
  };
}
