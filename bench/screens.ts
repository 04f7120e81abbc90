/** A running worker's row in the Overview: its table, and after it what it does. */
export const runningWorker = /legacy_table_\d{3} +batch_migration/;

/** All of the table has been counted: the number of completed operations is shown, a long one with its unit (`10.01M done`). */
export const wholeTotals = /\d[kMGTP]? done/;

/** So long the first count of ten million rows may take, in milliseconds. */
export const firstCountMs = 600_000;

/** The list of sessions of pg_activity, with a session in it. */
export const runningSession = /RUNNING QUERIES[\s\S]*PID[\s\S]*\n\d+ /;

/** The same list, where there may be nothing in it. */
export const sessionList = /RUNNING QUERIES/;

/** What a second `\watch` of psql leaves on the screen. */
export const watched = /every 1s/;

/** The views by the key that opens each, and their names. */
export const views = [
  ['1', 'Overview'],
  ['2', 'Workers'],
  ['3', 'Failures'],
  ['4', 'Tables'],
  ['5', 'Operations'],
  ['6', 'Activity'],
] as const;

/** The key that asks for another poll at once, and the one that freezes the picture. */
export const pollNow = '\u0012';
export const freeze = 'z';
