import { Readable, Writable } from 'node:stream';
import { errorReport, secretsOfProcess } from '../../source/commands/error-report.ts';
import { runArguments } from '../../source/commands/run-arguments.ts';
import type { Surroundings } from '../../source/commands/surroundings.ts';
import { type ProgramRun, plainEnvironment } from './program.ts';

/**
 * Runs a command line in this process, without a terminal, its input empty, until it ends by itself. A process of the built program
 * takes half a second of the processor before its first query: `runProgram` is for tests that are about the process,
 * such as its streams, signals, limits of time and exit.
 *
 * @param options.env added to an environment that names no database; the clock's zone and the home directory stay those of this process
 */
export async function runCommand(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramRun> {
  const env = { ...plainEnvironment(), ...options.env };
  const output = kept();
  const errors = kept();
  let isDebug = args.includes('--debug');
  const secrets = secretsOfProcess(args, env);
  const surroundings: Surroundings = {
    env,
    stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
    stdout: output.stream,
    stderr: errors.stream,
    isTerminal: false,
    now: () => performance.now(),
    date: () => Date.now(),
    onSignal: () => () => {},
    onCrash() {},
    isInForeground: () => false,
    canSuspend: () => false,
    suspend: async () => {},
    exit(code) {
      throw new Error(`The command ends its process with ${code}: run it with runProgram`);
    },
    errorReport: (intro, error) => errorReport(intro, error, { debug: isDebug, secrets }),
  };
  const code = await runArguments(args, {
    importMeta: import.meta,
    surroundings,
    onDebug(isOn) {
      isDebug = isOn;
    },
  });
  return { code, signal: null, stdout: output.text(), stderr: errors.text() };
}

/** A stream that keeps what is written. */
function kept(): { readonly stream: NodeJS.WriteStream; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => Buffer.concat(chunks).toString() };
}
