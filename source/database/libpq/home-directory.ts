import { homedir } from 'node:os';

/** The home directory of a user without a passwd entry: no file exists in it. */
const none = '/nonexistent';

/** The home directory; also works if the user id has no passwd entry and `HOME` is not set. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return env.HOME || homedir();
  } catch {
    return none;
  }
}
