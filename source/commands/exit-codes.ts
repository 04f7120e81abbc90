import { DatabaseError, type DatabaseErrorKind } from '../database/database-error.ts';
import { tableLines } from '../presentation/markdown.ts';

/** The exit codes of every command. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  access: 4,
  noTable: 5,
  noPrivilege: 6,
  stalled: 7,
  timedOut: 8,
  warnings: 9,
  errors: 10,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The exit codes of `status --check`, as monitoring plugins have them. */
export const checkCode = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

interface ExitCodeRow {
  readonly code: ExitCode;
  /** For the help. */
  readonly short: string;
  /** For the documents. */
  readonly meaning: string;
}

/** One row for each exit code. `--help`, the manual page and docs/scripts.md read this table. */
export const exitCodes: readonly ExitCodeRow[] = [
  {
    code: exitCode.done,
    short: 'done',
    meaning: 'done, also if no operation matches `--where`; `wait`: the migration is in the state that it waited for',
  },
  {
    code: exitCode.failed,
    short: 'failed, or some refused',
    meaning:
      'failed; an action: some operations were refused or not found, or it can change none (a standby, read-only transactions, `--read-only`); `wait`: a condition of `--fail-on` is true, or the state cannot be reached any more',
  },
  { code: exitCode.usage, short: 'wrong arguments', meaning: 'wrong arguments, or no database named' },
  { code: exitCode.unreachable, short: 'unreachable', meaning: 'the server cannot be reached, or is not PostgreSQL' },
  {
    code: exitCode.access,
    short: 'access denied, or no such database',
    meaning: 'access denied, or there is no such database',
  },
  { code: exitCode.noTable, short: 'no such table', meaning: 'there is no such table, or it is unsuitable' },
  { code: exitCode.noPrivilege, short: 'missing privilege', meaning: 'a privilege is missing' },
  {
    code: exitCode.stalled,
    short: 'stalled',
    meaning: '`wait`: a condition of `--fail-on` about `stalled` is true',
  },
  { code: exitCode.timedOut, short: 'timed out', meaning: '`wait`, `status`: `--timeout` or the deadline has passed' },
  { code: exitCode.warnings, short: 'doctor: warnings', meaning: '`doctor` has found warnings' },
  { code: exitCode.errors, short: 'doctor: errors', meaning: '`doctor` has found errors' },
];

/** The exit codes of `status --check`, for the help and the documents. */
export const checkCodes: readonly { readonly code: number; readonly short: string }[] = [
  { code: checkCode.ok, short: 'OK' },
  { code: checkCode.warning, short: 'WARNING' },
  { code: checkCode.critical, short: 'CRITICAL' },
  { code: checkCode.unknown, short: 'UNKNOWN' },
];

const codeOfKind: Readonly<Record<DatabaseErrorKind, ExitCode>> = {
  failed: exitCode.failed,
  usage: exitCode.usage,
  unreachable: exitCode.unreachable,
  'not-postgresql': exitCode.unreachable,
  authentication: exitCode.access,
  'no-database': exitCode.access,
  'no-table': exitCode.noTable,
  'unfit-table': exitCode.noTable,
  'no-privilege': exitCode.noPrivilege,
};

/** The exit code for a thrown value. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof DatabaseError ? codeOfKind[error.kind] : exitCode.failed;
}

/** Some exit codes for the help, on lines of this width: `0 done   1 failed, or some refused`. */
export function exitCodeLines(codes: readonly number[], width: number): string[] {
  return filled(
    exitCodes.filter(({ code }) => codes.includes(code)).map(({ code, short }) => `${code} ${short}`),
    width,
  );
}

/** The exit codes of `--check` in one line, for its help. */
export function checkCodeLine(): string {
  return checkCodes.map(({ code, short }) => `${code} ${short}`).join('   ');
}

function filled(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + part.length <= width) lines[lines.length - 1] = `${last}   ${part}`;
    else lines.push(part);
  }
  return lines;
}

/** The exit codes as a Markdown table. */
export function exitCodeTable(): string {
  const rows = [...exitCodes.map(({ code, meaning }) => [String(code), meaning]), ['128 + n', 'ended by signal n']];
  return tableLines(['Exit code', 'Meaning'], rows).join('\n');
}
