import { constants } from 'node:os';

/**
 * The signals that end a program by default and that it can catch. SIGKILL cannot be caught. Node ignores SIGPIPE and
 * SIGXFSZ: the write that raises them fails.
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
  'SIGPROF',
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
