import { cleanLine, cleanText } from '../../source/domain/clean-text.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import type { Window } from '../../source/presentation/window.ts';
import { nowMs, operation, snapshotOf, takenAt, target } from './fixtures.ts';

const int4Max = 2_147_483_647;
const family = '👨‍👩‍👧‍👦';

/** Texts that a terminal may measure otherwise than we do, or act on. */
export const nastyTexts = {
  long: `long_${'table_name_'.repeat(27)}`.slice(0, 300),
  cjk: '移行管理テーブル'.repeat(20),
  emoji: `${family}🇦🇶🏳️‍🌈👍🏽1️⃣`.repeat(8),
  marks: 'e\u0301\u0302\u0303\u0304a\u0308\u0323o\u0338'.repeat(30),
  hebrew: 'שגיאה בטבלה'.repeat(10),
  devanagari: 'क्षत्रिय प्रवासन '.repeat(10),
  jamo: '각각각'.normalize('NFD').repeat(12),
  invisible: 'zero\u200Bwidth\u00ADsoft\u2060joiner\u200Dend',
  /** The text that cleaning leaves of sequences from a hostile or broken writer. */
  leftovers: cleanLine(
    'ERROR: \u001B[31mred\u001B[0m \u001B]52;c;aGVsbG8=\u0007\u001B]0;unterminated title \u009B2J\u0007\u0000\r\n\tat line 1\u202E drawkcab',
  ),
  markup: '{red bold}not a marker{/} %s %n $HOME `id` \\u001b[2J <script>',
} as const;

/** Rows that are legal in this table, each of them odd in its own way. */
export const nastyRows: readonly Operation[] = [
  {
    ...operation({ id: 1, tableName: nastyTexts.long, operation: nastyTexts.long, errorMessage: nastyTexts.long }),
    status: 'failed',
    completedAt: takenAt + 86_400,
  },
  {
    id: 2,
    phase: 'discovery',
    tableName: '',
    operation: '',
    status: 'running',
    recordsProcessed: null,
    totalRecords: null,
    startedAt: null,
    completedAt: null,
    errorMessage: null,
    batchSize: null,
    workerId: null,
    sourceQuery: null,
    validationQuery: null,
    version: null,
    identity: '',
  },
  operation({ id: 3, tableName: nastyTexts.cjk, operation: nastyTexts.cjk, workerId: int4Max, startedAt: Infinity }),
  operation({ id: 4, tableName: nastyTexts.emoji, operation: nastyTexts.emoji, status: 'paused', workerId: -1 }),
  operation({ id: 5, tableName: nastyTexts.marks, operation: nastyTexts.devanagari, startedAt: -Infinity }),
  operation({
    id: 6,
    tableName: 'negative',
    recordsProcessed: -int4Max - 1,
    totalRecords: -1,
    batchSize: -5,
    workerId: 0,
    startedAt: takenAt + 3600,
  }),
  operation({
    id: 7,
    tableName: 'enormous',
    recordsProcessed: int4Max,
    totalRecords: int4Max,
    batchSize: int4Max,
    workerId: 7,
    startedAt: 0,
  }),
  operation({ id: 8, tableName: 'zero_total', recordsProcessed: 0, totalRecords: 0, batchSize: 0, workerId: 8 }),
  operation({ id: 9, tableName: 'overshot', recordsProcessed: 900, totalRecords: 100, batchSize: null, workerId: 9 }),
  operation({ id: 10, tableName: 'overshot', status: 'completed', recordsProcessed: 700, totalRecords: 100 }),
  operation({
    id: 11,
    tableName: nastyTexts.invisible,
    operation: nastyTexts.jamo,
    status: 'failed',
    errorMessage: nastyTexts.leftovers,
    completedAt: takenAt - 30,
    startedAt: takenAt,
  }),
  operation({
    id: 12,
    tableName: nastyTexts.hebrew,
    operation: nastyTexts.markup,
    status: 'failed',
    errorMessage: null,
    completedAt: Infinity,
  }),
  operation({
    id: 13,
    tableName: nastyTexts.leftovers,
    operation: nastyTexts.invisible,
    status: 'failed',
    errorMessage: nastyTexts.cjk.slice(0, 100) + nastyTexts.emoji,
    completedAt: null,
    workerId: null,
  }),
  operation({ id: 14, tableName: 'ended_before_it_began', status: 'completed', completedAt: takenAt - 9999 }),
  operation({ id: 15, tableName: nastyTexts.markup, status: 'skipped', completedAt: -Infinity }),
  operation({ id: int4Max, tableName: 'last_id', status: 'pending', startedAt: null, workerId: 1234 }),
  operation({ id: Number.MAX_SAFE_INTEGER, tableName: 'bigint_id', status: 'pending', startedAt: takenAt - 1 }),
];

export function nastySnapshot(at = takenAt): Snapshot {
  return {
    ...snapshotOf(nastyRows, at),
    unreadable: [
      { kind: 'rows', operations: 12_345, problem: 'status is "DONE\u2026", which migtop does not know' },
      { kind: 'row', id: 99, problem: 'phase is empty, which migtop does not know' },
    ],
  };
}

/** A monitor that has watched the nasty rows for a minute. */
export function nastyState(window: Window): MonitorState {
  return [takenAt - 60, takenAt].reduce(
    (state, at) =>
      reduce(state, {
        kind: 'polled',
        snapshot: nastySnapshot(at),
        atMs: nowMs - (takenAt - at) * 1000,
        nextSeconds: 12.345,
      }),
    initialState({
      target: { ...target, host: '/var/run/postgresql', user: nastyTexts.cjk, database: nastyTexts.emoji },
      readOnly: null,
      intervalSeconds: 1,
      window,
      nowMs: nowMs - 60_000,
    }),
  );
}

/** An error of five megabytes: one endless line, many short ones, and text that is wide. */
export function hugeError(): string {
  const megabyte = 1024 * 1024;
  return cleanText(
    [
      'ERROR: \u001B[31mthe whole statement follows',
      'x'.repeat(megabyte),
      'VALUES (1, 2, 3), '.repeat(megabyte / 18),
      'at line 1\n'.repeat(megabyte / 10),
      `${nastyTexts.cjk.slice(0, 78)}\n`.repeat(megabyte / 79),
      `naïve ${'word '.repeat(20)}\n`.repeat(megabyte / 107),
    ].join('\n'),
  );
}
