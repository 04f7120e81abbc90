import type { MonitorState } from '../monitor/state.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { Flags } from './arguments.ts';
import { type EventCommand, followWithCommand } from './event-command.ts';
import type { Output } from './output.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { createUnseenMonitor } from './unseen-monitor.ts';

/** How long the command of `--on-event` may still run for the last events, and after a signal, in milliseconds. */
const lastEventsMs = 10_000;
const hurriedMs = 1000;

export interface WithoutScreen {
  readonly table: ControlTable;
  readonly flags: Flags;
  readonly output: Output;
  /** Is called after each change of the state, at least every second; an exit code ends the program. */
  readonly onState: (state: MonitorState, leave: (code: number) => void) => void;
  /** Whether it goes on if the reader closes the pipe: its answer is the exit code. */
  readonly isReaderOptional?: boolean;
}

/**
 * Runs the monitor without a screen: it polls, counts and reconnects as it does with one. Resolves to the exit code when
 * `onState` gives one, when a signal ends the program, or when a reader that is needed closes the pipe.
 */
export async function runWithoutScreen(
  { table, flags, output, onState, isReaderOptional = false }: WithoutScreen,
  surroundings: Surroundings,
): Promise<number> {
  const { stderr } = surroundings;
  const left = Promise.withResolvers<number>();
  const leave = left.resolve;
  let crash: unknown;
  let isHurried = false;
  let eventCommand: EventCommand | null = null;
  surroundings.onSignal(signalsThatEnd(), (signal) => {
    isHurried = true;
    leave(signalExitCode(signal));
    void eventCommand?.close(hurriedMs);
  });
  surroundings.onCrash((error) => {
    crash ??= error;
    leave(1);
  });
  if (!isReaderOptional) void output.closed.then(() => leave(0));
  // A message that nobody reads is no reason to end.
  stderr.on('error', () => {});
  const monitor = createUnseenMonitor(table, flags, surroundings, leave);
  let isSuspending = false;
  surroundings.onSignal(['SIGTSTP'], () => {
    if (isSuspending || !surroundings.canSuspend()) return;
    isSuspending = true;
    void monitor
      .pause()
      .then(surroundings.suspend)
      .then(() => {
        isSuspending = false;
        monitor.resume();
      });
  });
  // Before `onState`, which may end the program by the same event.
  eventCommand = followWithCommand(monitor.store, flags, surroundings, (problem) => {
    stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}migtop: ${problem}\n`);
  });
  const unsubscribe = monitor.store.subscribe(() => onState(monitor.store.state(), leave));
  monitor.start();
  const code = await left.promise;
  unsubscribe();
  if (crash !== undefined) stderr.write(surroundings.errorReport('migtop: stopped by an error: ', crash));
  await Promise.all([monitor.stop(), eventCommand.close(isHurried ? hurriedMs : lastEventsMs)]);
  return code;
}
