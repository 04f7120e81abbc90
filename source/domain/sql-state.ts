/** Finds the SQLSTATE that an error names. Five digits may as well be a value of a record: a postal code, an id. */

/** A SQLSTATE in an error, and where it stands. */
export interface NamedState {
  readonly state: string;
  readonly index: number;
}

/** Where it is called by its name, as `SQLSTATE 23503`, also one that is not PostgreSQL's own. */
const explicit = /\bSQL ?STATE\W{0,4}([0-9A-Z]{5})\b/gi;

/** Where PostgreSQL's clients and drivers write it without that: `ERROR: 23503: …`, `code: "23503"`, `[23503]`. */
const implicit = [
  /^(?:(?:ERROR|FATAL|PANIC):\s{1,4})?([0-9A-Z]{5}):/g,
  /\bcode\W{1,4}([0-9A-Z]{5})\b/g,
  /[[(]([0-9A-Z]{5})[\])]/g,
];

/** The classes of PostgreSQL's error codes. */
const classes = /^(?:0[389ABFLPZ]|10|2[0-8BDF]|3[489BDF]|4[024]|5[34578]|72|F0|HV|P0|XX)/;

/** The error codes of PostgreSQL 13 to 18 (manual, appendix A), and P0 with any number: functions raise these. */
const defined = new RegExp(
  `^(?:${[
    '0[1-3]000|0100[3467]|01008|0100C|01P01|02001',
    '08(?:00[013467]|P01)|09000|0[ABFLPZ]000|0F001|0LP01|0Z002|10608',
    '20000|21000',
    '22(?:00[0-57-9BCDFGHLMNST]|01[0-689BEFGWX]|02[1-7EGH]|03[02-9A-G]|P0[1-6])',
    '23(?:00[01]|50[235]|514|P01)|24000|25(?:00[0-8]|P0[1-4])|2[67]000|28(?:000|P01)|2B(?:000|P01)|2D000|2F00[02345]',
    '34000|3800[0-4]|39(?:00[014]|P0[123])|3B00[01]|3[DF]000',
    '40(?:00[0-3]|P01)',
    '42(?:000|501|60[12]|611|622|70[1-4]|710|712|723|725|80[349]|830|846|883|8C9|939|P0\\d|P1\\d|P2[0-2])|44000',
    '53[0-4]00|54(?:000|001|011|023)|55(?:00[06]|P0[2-4])|57(?:000|014|P0[1-5])|58(?:000|030|P0[123])|72000',
    'F000[01]|HV0[0-9A-Z]{2}|P0\\d{3}|XX00[0-2]',
  ].join('|')})$`,
);

/** The values of a key: `Key (code)=(23505)` names no SQLSTATE. */
const keyValues = /\([^()\n]{0,400}\)=\([^\n]{0,400}?\)(?= |$|\.)/g;

/** The SQLSTATE that an error names; null where it names none. Takes time linear in the length of the text. */
export function stateNamed(error: string): NamedState | null {
  const text = error.replace(keyValues, (values) => ' '.repeat(values.length));
  const named = at(explicit, text, (state) => classes.test(state) && /\d/.test(state));
  if (named !== null) return named;
  for (const pattern of implicit) {
    const found = at(pattern, text, (state) => defined.test(state));
    if (found !== null) return found;
  }
  return null;
}

function at(pattern: RegExp, text: string, isState: (state: string) => boolean): NamedState | null {
  for (const found of text.matchAll(pattern)) {
    const [whole, given = ''] = found;
    const state = given.toUpperCase();
    if (isState(state)) return { state, index: found.index + whole.lastIndexOf(given) };
  }
  return null;
}
