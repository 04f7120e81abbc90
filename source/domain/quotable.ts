/**
 * What may be repeated of what a user typed. A password may be anywhere in a mistyped argument, so a message repeats only
 * what has the shape of a name, a path or a number, and says the rest in other words.
 */

/** The name of a host, a user or a database, in the letters that nearly all of them are made of. */
export function isPlainName(text: string): boolean {
  return /^[\p{L}\p{M}\p{N}_.$+-]{1,128}$/u.test(text) || isPlainPath(text) || isAddress(text);
}

/** A user's name; those of some clouds have the server behind an @. */
export function isPlainUser(text: string): boolean {
  return isPlainName(text) || /^[\w.$+-]+@[\w.-]+$/.test(text);
}

/** A path that says by its beginning that it is one. */
export function isPlainPath(text: string): boolean {
  return /^(?:~|\.{0,2})\/[\p{L}\p{N}_.,/ +~-]*$/u.test(text) || /^[A-Za-z]:\\[\w.\\ -]*$/.test(text);
}

function isAddress(text: string): boolean {
  return /^[\da-fA-F:.]{2,45}(?:%\w{1,16})?$/.test(text) && text.split(':').every((part) => part.length <= 15);
}

/** The name of a table as SQL writes it. What a connection string is made of is taken within double quotes only. */
export function isTableName(text: string): boolean {
  return !/[:@=/?&#\\]/.test(text.replace(/"(?:[^"]|"")*"/g, ''));
}

/** Whether a message may repeat the name of a table: not where a quoted one looks like a connection. */
export function isPlainTable(text: string): boolean {
  return isTableName(text) && !/:\/\/|@|=/.test(text) && text.length <= 200;
}

/** An unknown option's or parameter's name where it is a plain word. */
export function isPlainWord(text: string): boolean {
  return /^[a-z]{1,16}(?:[-_][a-z]{1,16}){0,2}$/.test(text);
}

/** A name, or of one that may hold more than a name its first letters and three dots. */
export function shownName(text: string, isPlain: (text: string) => boolean = isPlainName): string {
  return isPlain(text) ? text : `${/^[\p{L}\p{N}_]{0,32}/u.exec(text)?.[0] ?? ''}…`;
}

/** The text without what must not be repeated. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .sort((one, other) => other.length - one.length)
    .reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '…')), text);
}

/** What may be a password in a connection string, however it is mistyped; the whole string too. */
export function secretsOf(text: string): string[] {
  const found = [...text.matchAll(/\b(?:pass\w*|pwd?|key|secret|token)\s*[=:]\s*('[^']*'?|[^\s&]+)/gi)].map((match) =>
    (match[1] ?? '').replace(/^'|'$/g, ''),
  );
  const start = text.indexOf('://') === -1 ? 0 : text.indexOf('://') + 3;
  const colon = text.indexOf(':', start);
  const at = text.lastIndexOf('@');
  if (colon !== -1 && at > colon) found.push(text.slice(colon + 1, at));
  if (!isPlainUser(text)) found.push(text);
  const decoded = found.map((secret) => {
    try {
      return decodeURIComponent(secret);
    } catch {
      return secret;
    }
  });
  // A secret of two letters would be found in every word.
  return [...new Set([...found, ...decoded])].filter((secret) => secret.length > 2);
}
