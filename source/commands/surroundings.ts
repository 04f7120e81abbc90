/** The process as a command sees it: streams, environment, clocks and signals. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Whether a full screen can be drawn: input and output are a terminal that is not dumb. */
  readonly isTerminal: boolean;
  /** A monotonic clock in milliseconds, for ages and intervals. */
  readonly now: () => number;
  /** The machine's clock, in milliseconds since 1970. */
  readonly date: () => number;
  /** Listens for signals, which then do not end the process; returns a function that stops it. */
  readonly onSignal: (signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void) => () => void;
  /** Listens for uncaught exceptions, which then do not end the process. */
  readonly onCrash: (listener: (error: unknown) => void) => void;
  /** Whether the process may read from the terminal: a background job would be stopped. */
  readonly isInForeground: () => boolean;
  /** Whether a shell could continue the job after it was stopped. */
  readonly canSuspend: () => boolean;
  /** Stops the job, as ctrl-z does, and resolves when the shell continues it. */
  readonly suspend: () => Promise<void>;
  readonly exit: (code: number) => never;
  /** The text for stderr about an error: one line, and with --debug the stacks, without passwords. */
  readonly errorReport: (intro: string, error: unknown) => string;
}
