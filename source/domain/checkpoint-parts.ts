/** The locking clause at the end of a query: it makes no difference to what the query reads. */
const locking = / for (?:no key )?(?:update|share|key share)(?: of [\w.", ]+)?(?: nowait| skip locked)?$/;

/** A canonical query without its locking clause, with FETCH … WITH TIES as FETCH … ONLY. */
export function withoutLocking(query: string): string {
  return query.replace(locking, '').replace(/( fetch (?:first|next) \d+ rows? )with ties$/, '$1only');
}

const value = String.raw`(?:'[^']*'|-?\d[\d.]*)`;
const column = String.raw`\(?[\w."]+\)?`;

/** Comparisons of a column, or of several, with a lowest value. */
const lowest = new RegExp(
  String.raw`(?:${column}|\)) ?>=? ?\(?(?<above>${value})|(?<below>${value}) ?<=? ?${column}|between (?<from>${value}) and`,
  'g',
);
const highest = new RegExp(String.raw`${column} ?<=? ?\(?${value}|${value} ?>=? ?${column}|between ${value} and`);

/** Expressions that choose some of the records one by one, or each of several. */
const scattered = /%|\bmod\(/;

/** A list of the records that a query reads. */
const listed = /\bin\((?:'|-?\d)|=any\(/;

/**
 * Whether a canonical query reads a part of its table that is not known to begin at the first record: after an OFFSET, after a key, from a lowest to a
 * highest value, or some records of all. A single comparison without a LIMIT may be the filter of the whole migration.
 */
export function readsLaterPart(query: string): boolean {
  if (/ offset (?!0\b)\d/.test(query) || scattered.test(query)) return true;
  const isWindow = highest.test(query) || / limit \d/.test(query);
  return (
    isWindow &&
    [...query.matchAll(lowest)].some(({ groups }) => !isFirst(groups?.above ?? groups?.below ?? groups?.from ?? ''))
  );
}

/** Whether a lowest value is that of the first record: 0 or 1. */
const isFirst = (text: string): boolean => /^'?-?[01]'?$/.test(text);

/** Whether a canonical query lists the records that it reads. */
export function readsList(query: string): boolean {
  return listed.test(query);
}
