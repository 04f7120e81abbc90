import { constants } from 'node:os';

/**
 * The signals that end a program and that a program can hear. No program hears SIGKILL. Node
 * ignores SIGPIPE and SIGXFSZ: the write that raises them fails.
 *
 * SIGSEGV and its kind are heard where another process sends them. Where a fault of the processor raises them, the process
 * cannot go on; no JavaScript runs then.
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
  'SIGPROF',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const satisfies readonly NodeJS.Signals[];

/** Those of them that this system has. */
export function signalsThatEnd(): readonly NodeJS.Signals[] {
  return endingSignals.filter((name) => (constants.signals as Partial<Record<string, number>>)[name] !== undefined);
}

/** The exit code of a program that a signal ended, as shells have it. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + ((constants.signals as Partial<Record<string, number>>)[signal] ?? 0);
}
