/** What a command may know of the process that it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Whether a full screen can be drawn: input and output are a terminal, and not a dumb one. */
  readonly isTerminal: boolean;
  /** Milliseconds since some moment: for ages and intervals, whatever happens to the machine's clock. */
  readonly now: () => number;
  /** The machine's clock, in milliseconds since 1970. */
  readonly date: () => number;
  /** Listens for signals instead of dying of them; returns how to stop that. */
  readonly onSignal: (signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void) => () => void;
  /** Called with what nobody caught; the process goes on until it exits by itself. */
  readonly onCrash: (listener: (error: unknown) => void) => void;
  /** Whether the terminal may be read from now: a job in the background would be stopped. */
  readonly isInForeground: () => boolean;
  /** Whether somebody could continue the job after it was stopped. */
  readonly canSuspend: () => boolean;
  /** Stops the job, as ctrl-z does, and resolves when the shell lets it go on. */
  readonly suspend: () => Promise<void>;
  readonly exit: (code: number) => never;
  /** What to write on stderr about an error: one clean line, and with --debug the stacks, without any password. */
  readonly errorReport: (intro: string, error: unknown) => string;
}
