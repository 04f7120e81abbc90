import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { DatabaseError } from '../database/database-error.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { isUtf8 } from '../domain/locale.ts';
import { asciiText } from '../presentation/charset.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Asks for a password on the terminal of this process, even if its standard streams are redirected, without echo. Null if
 * there is no terminal, or if the user ends the input with ctrl-d.
 *
 * @throws {DatabaseError} kind `authentication` if the user cancels the prompt with ctrl-c
 */
export async function askPassword(user: string, { env, onSignal, exit }: Surroundings): Promise<string | null> {
  let input: ReadStream;
  let output: WriteStream;
  try {
    input = new ReadStream(openSync('/dev/tty', 'r'));
    output = new WriteStream(openSync('/dev/tty', 'w'));
  } catch {
    return null;
  }
  // readline echoes each letter: its output is discarded.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input, output: nowhere, terminal: true });
  const prompt = `Password for user ${cleanLine(user)}: `;
  output.write(isUtf8(env) ? prompt : asciiText(prompt));
  const stopListening = onSignal(signalsThatEnd(), (signal) => {
    // Otherwise the terminal would stay without echo.
    reader.close();
    exit(signalExitCode(signal));
  });
  try {
    return await new Promise<string | null>((resolve, reject) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () =>
        reject(new DatabaseError('authentication', 'Password prompt cancelled with ctrl-c.')),
      );
      reader.once('close', () => resolve(null));
    });
  } finally {
    stopListening();
    reader.close();
    output.write('\n');
    input.destroy();
    output.destroy();
  }
}
