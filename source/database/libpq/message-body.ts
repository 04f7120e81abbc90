/**
 * Whether every text in the body of a message is terminated within it (PostgreSQL manual, 54.7): the parser of `pg` never
 * stops looking for a missing terminator.
 */
export function isWhole(type: string, body: Buffer): boolean {
  switch (type) {
    case 'S':
      return afterTexts(body, 0, 2) !== null;
    case 'A':
      return afterTexts(body, 4, 2) !== null;
    case 'C':
      return afterTexts(body, 0, 1) !== null;
    case 'E':
    case 'N':
      return hasEnd(body, 0, 1);
    case 'R':
      return body.length < 4 || body.readInt32BE(0) !== 10 || hasEnd(body, 4, 0);
    case 'T':
      return areFieldsWhole(body);
    default:
      return true;
  }
}

/** The position after `count` texts; null if one of them is not terminated. */
function afterTexts(body: Buffer, start: number, count: number): number | null {
  let at = start;
  for (let index = 0; index < count; index++) {
    const end = body.indexOf(0, at);
    if (end === -1) return null;
    at = end + 1;
  }
  return at;
}

/** Whether a list of texts, each after a prefix of `prefix` bytes, ends with a zero byte. */
function hasEnd(body: Buffer, start: number, prefix: number): boolean {
  let at: number | null = start;
  while (at !== null && at < body.length) {
    if (body[at] === 0) return true;
    at = afterTexts(body, at + prefix, 1);
  }
  return false;
}

function areFieldsWhole(body: Buffer): boolean {
  if (body.length < 2) return false;
  let at = 2;
  for (let field = body.readUInt16BE(0); field > 0; field--) {
    const end = afterTexts(body, at, 1);
    if (end === null || end + 18 > body.length) return false;
    at = end + 18;
  }
  return true;
}
