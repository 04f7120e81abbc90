import { redactError } from '../domain/redact.ts';
import { bodyRows } from '../presentation/layout.ts';
import type { Toast } from '../presentation/toast.ts';
import { type CustomValues, customValues } from './custom-commands.ts';
import type { Motion } from './motion.ts';
import type { OutputOverlay } from './overlay.ts';
import type { CustomCommandRow } from './personal.ts';
import type { Store } from './store.ts';

/** The end of a custom command. */
export interface CustomResult {
  /** `exit code 0`, `ended by SIGTERM`, `ended after 30 s`, `could not start: …`. */
  readonly text: string;
  readonly isGood: boolean;
  /** Its output, clean. */
  readonly output: string;
}

/** A custom command that runs. */
export interface CustomRun {
  /** Never rejects. */
  readonly result: Promise<CustomResult>;
  stop(): void;
}

/** The custom commands, and how they are run. */
export interface CustomCommands {
  readonly rows: readonly (CustomCommandRow & { readonly isBackground: boolean })[];
  readonly run: (name: string, values: CustomValues) => CustomRun;
}

export interface CustomRunning {
  runCustom(name: string): void;
  /** Closes the output, and stops its command. False if no output is shown. */
  closeOutput(): boolean;
  /** Scrolls the output. False if none is shown. */
  scrollOutput(motion: Motion): boolean;
  /** Stops all commands. */
  stop(): void;
}

function withoutValues(values: CustomValues): CustomValues {
  return values.error === undefined ? values : { ...values, error: redactError(values.error) };
}

/** Runs the commands of the configuration file; one in the background not twice at a time on one row. */
export function createCustomRunning(options: {
  readonly store: Store;
  readonly commands: CustomCommands | undefined;
  readonly readOnly: () => string | null;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  /** Whether its command gets the error without values. */
  readonly redact: boolean;
}): CustomRunning {
  const { store, commands, readOnly, toast, redact } = options;
  /** The commands that run, each with what it runs on. */
  const running = new Map<CustomRun, string>();
  let shown: CustomRun | null = null;

  function open(): OutputOverlay | null {
    const { overlay } = store.state();
    return overlay.kind === 'output' ? overlay : null;
  }

  async function followed(run: CustomRun, name: string, isBackground: boolean): Promise<void> {
    const { text, isGood, output } = await run.result;
    running.delete(run);
    const overlay = open();
    if (!isBackground && overlay !== null && shown === run)
      store.emit({ kind: 'overlaid', overlay: { ...overlay, lines: output.split('\n'), result: { text, isGood } } });
    else toast(isGood ? 'good' : 'bad', `${name}: ${text}`);
  }

  return {
    runCustom(name) {
      const row = commands?.rows.find((one) => one.name === name);
      const state = store.state();
      const values = row === undefined ? null : customValues(state, row.scope);
      // The registry has asked already. The guard may have found a production target since.
      if (commands === undefined || row === undefined || values === null || readOnly() !== null) return;
      const what = `${name} ${values.id ?? values.table}`;
      // A key that is held down would start one after the other.
      if (row.isBackground && [...running.values()].includes(what)) return toast('info', `${name} is still running`);
      const run = commands.run(name, redact ? withoutValues(values) : values);
      running.set(run, what);
      if (row.isBackground) toast('info', `${name} is running`);
      else {
        shown = run;
        const overlay = {
          kind: 'output',
          title: row.title,
          lines: [],
          top: 0,
          result: null,
          under: state.overlay,
        } as const;
        store.emit({ kind: 'overlaid', overlay });
      }
      void followed(run, name, row.isBackground);
    },
    closeOutput() {
      const overlay = open();
      if (overlay === null) return false;
      if (overlay.result === null) shown?.stop();
      shown = null;
      store.emit({ kind: 'overlaid', overlay: overlay.under });
      return true;
    },
    scrollOutput(motion) {
      const overlay = open();
      if (overlay === null) return false;
      const page = Math.max(1, bodyRows(store.state().window) - 1);
      const last = Math.max(0, overlay.lines.length - page);
      const top = Math.max(
        0,
        Math.min(last, motion === 'first' ? 0 : motion === 'last' ? last : overlay.top + steps(motion, page)),
      );
      store.emit({ kind: 'overlaid', overlay: { ...overlay, top } });
      return true;
    },
    stop() {
      for (const run of running.keys()) run.stop();
    },
  };
}

function steps(motion: Motion, page: number): number {
  const sizes: Readonly<Partial<Record<Motion, number>>> = {
    down: 1,
    up: -1,
    'page-down': page,
    'page-up': -page,
    'half-down': Math.ceil(page / 2),
    'half-up': -Math.ceil(page / 2),
  };
  return sizes[motion] ?? 0;
}
