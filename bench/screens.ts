/** Matches a running worker's row in the Overview: its id, its worker and its table. */
export const runningWorker = /\d+ +\d+ +legacy_table_\d{3} /;

/** Matches when the whole table has been counted: then the number of completed operations is shown (`9,512 done`, `10.01M done`). */
export const wholeTotals = /\d[kMGTP]? done/;

/** Maximum time for the first count of ten million rows, in milliseconds. */
export const firstCountMs = 600_000;

/** Matches pg_activity's list of sessions with at least one session. */
export const runningSession = /RUNNING QUERIES[\s\S]*PID[\s\S]*\n\d+ /;

/** Matches pg_activity's list of sessions, even if it is empty. */
export const sessionList = /RUNNING QUERIES/;

/** Matches psql's screen after `\watch` has run its query. */
export const watched = /every 1s/;

/** The key and the name of each view. */
export const views = [
  ['1', 'Overview'],
  ['2', 'Workers'],
  ['3', 'Failures'],
  ['4', 'Tables'],
  ['5', 'Operations'],
  ['6', 'Activity'],
] as const;

/** The key that polls at once, and the key that freezes the display. */
export const pollNow = '\u0012';
export const freeze = 'z';
