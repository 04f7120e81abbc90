import { constants } from 'node:os';

/**
 * The signals that end a program by default and that it can catch. SIGKILL cannot be caught. Node ignores SIGPIPE and
 * SIGXFSZ: the write that raises them fails. SIGPROF is not among them: Node's own profiler (`node --cpu-prof`) sends it to the program.
 *
 * SIGSEGV and similar signals are caught if another process sends them. If the processor raises them, no JavaScript runs any more.
 */
const endingSignals = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGXCPU',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const satisfies readonly NodeJS.Signals[];

/** The signals that end a program, as far as this system has them. */
export function signalsThatEnd(): readonly NodeJS.Signals[] {
  return endingSignals.filter((name) => (constants.signals as Partial<Record<string, number>>)[name] !== undefined);
}

/** The exit code of a program that a signal ended, by the convention of shells. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + ((constants.signals as Partial<Record<string, number>>)[signal] ?? 0);
}

/**
 * Listens for the signals of a process. A signal that arrived before a listener was removed goes to the listener that follows
 * it; if none follows, a signal that ends programs ends this one. Node would lose it: it delivers signals between two turns of
 * its loop, to the listeners that are there by then.
 */
export function createSignalListeners(
  process: Pick<NodeJS.Process, 'on' | 'off'>,
  exit: (code: number) => void,
): (signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void) => () => void {
  const listening = new Map<NodeJS.Signals, Set<(signal: NodeJS.Signals) => void>>();
  const ending = new Set<NodeJS.Signals>(signalsThatEnd());

  function deliver(signal: NodeJS.Signals): void {
    const listeners = [...(listening.get(signal) ?? [])];
    if (listeners.length === 0 && ending.has(signal)) exit(signalExitCode(signal));
    for (const listener of listeners) listener(signal);
  }

  function removeUnused(signal: NodeJS.Signals): void {
    if (listening.get(signal)?.size !== 0) return;
    listening.delete(signal);
    process.off(signal, deliver);
  }

  return (signals, listener) => {
    for (const signal of signals) {
      const listeners = listening.get(signal);
      if (listeners !== undefined) listeners.add(listener);
      else {
        listening.set(signal, new Set([listener]));
        process.on(signal, deliver);
      }
    }
    return () => {
      for (const signal of signals) listening.get(signal)?.delete(listener);
      // The second of two immediates runs after a turn in which Node has read the signals that had arrived by now.
      setImmediate(() => setImmediate(() => signals.forEach(removeUnused)));
    };
  };
}
