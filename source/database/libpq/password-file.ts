/** What a line of a password file is compared with. */
export interface PasswordFor {
  /** The host as it was named, also where `hostaddr` says how to reach it; `localhost` for the default socket directory. */
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/**
 * Finds a password in the text of a password file by libpq's rules (PostgreSQL manual, 34.16, and `passwordFromFile` of
 * libpq): lines of host:port:database:user:password, where * alone fits any value and a backslash makes the next
 * character literal, also in the password; the first line that fits counts; lines that begin with # and empty lines do
 * not. Null where no line fits.
 */
export function findPassword(text: string, wanted: PasswordFor): string | null {
  for (const raw of text.split('\n')) {
    // libpq takes off line ends, of both kinds, and nothing else.
    const line = raw.replace(/\r+$/, '');
    if (line === '' || line.startsWith('#')) continue;
    let rest: string | null = line;
    for (const value of [wanted.host, wanted.port, wanted.database, wanted.user]) {
      rest = rest === null ? null : afterField(rest, value);
    }
    if (rest === null) continue;
    return unescaped(rest);
  }
  return null;
}

/** What follows a field and its colon where the field fits the value; null where it does not. */
function afterField(line: string, value: string): string | null {
  if (line.startsWith('*:')) return line.slice(2);
  let at = 0;
  for (const character of value) {
    if (line[at] === '\\') at++;
    if (!line.startsWith(character, at)) return null;
    at += character.length;
  }
  return line[at] === ':' ? line.slice(at + 1) : null;
}

function unescaped(password: string): string {
  let text = '';
  for (let at = 0; at < password.length && password[at] !== ':'; at++) {
    if (password[at] === '\\' && at + 1 < password.length) at++;
    text += password[at];
  }
  return text;
}
