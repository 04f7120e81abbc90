import { homedir } from 'node:os';

/** That of a user whom the system does not know: nothing is found in it. */
const none = '/nonexistent';

/** The home directory, also where the process runs under a number that has no passwd entry and `HOME` is not set. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return env.HOME || homedir();
  } catch {
    return none;
  }
}
