import { setTimeout as wait } from 'node:timers/promises';
import { type Diagnosis, type Finding, inOrder, type Severity, worstOf } from '../domain/doctor/finding.ts';
import { printableName } from '../domain/doctor/mending.ts';
import { judgeObservation, openAfterValidation } from '../domain/doctor/observed.ts';
import { withPausedOwners } from '../domain/doctor/paused-owners.ts';
import { isUtf8 } from '../domain/locale.ts';
import { type Observation, observe } from '../domain/observation.ts';
import { redactError } from '../domain/redact.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { asciiJson } from '../presentation/charset.ts';
import { doctorText } from '../presentation/doctor-text.ts';
import type { Flags } from './arguments.ts';
import { exitCode } from './exit-codes.ts';
import { givenPlace, withPlace } from './given-place.ts';
import { open } from './open.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';
import { suspendable } from './suspendable.ts';
import { reportColumns } from './window.ts';

/** Maximum seconds to count the table, and to read its rows. */
const countSeconds = 15;
const rowSeconds = 30;
/** Since how many seconds a transaction has to be open to be a finding. */
const transactionSeconds = 300;

const codes: Readonly<Record<Severity, number>> = {
  note: exitCode.done,
  warning: exitCode.warnings,
  error: exitCode.errors,
};

/** `migtop doctor`: checks the control table itself and the migration that its rows record. Resolves to the exit code, by the worst finding. */
export async function runDoctor(
  { connection, flags }: { readonly connection: string | undefined; readonly flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const table = await open(connection, flags, surroundings);
  try {
    for (const note of table.target.notes) surroundings.stderr.write(`migtop: note: ${note}\n`);
    const found = await suspendable(table, surroundings, () => diagnose(table, flags));
    const place = givenPlace(connection, flags, table.target);
    const diagnosis = withPlaces(flags.redact ? redacted(found) : found, place);
    await print(
      surroundings.stdout,
      flags.json
        ? jsonText(table, diagnosis, surroundings.env)
        : doctorText(diagnosis, reportColumns(surroundings.stdout, surroundings.env)),
    );
    const worst = worstOf(diagnosis.findings);
    return worst === null ? exitCode.done : codes[worst];
  } finally {
    await table.close();
  }
}

async function diagnose(table: ControlTable, { sampleSeconds }: Pick<Flags, 'sampleSeconds'>): Promise<Diagnosis> {
  const examined = await table.examine({ seconds: rowSeconds, transactionSeconds });
  // The polls judge stalls with the pauses that these actions show.
  const activity = await table.activity().catch(() => []);
  const earlier = observe(null, await table.poll([]));
  const startedMs = performance.now();
  await count(table);
  const leftMs = sampleSeconds * 1000 - (performance.now() - startedMs);
  const isPaused = earlier.snapshot.operations.some(({ status }) => status === 'paused');
  // Only a paused operation needs a second look.
  if (leftMs > 0 && isPaused) await wait(leftMs);
  const observation: Observation = observe(earlier, await table.poll([]));
  const validated = await table.validated(openAfterValidation(observation));
  const watched = sampleSeconds > 0 ? earlier : null;
  const seen = judgeObservation(
    printableName(table.target.table),
    observation,
    isPaused ? watched : earlier,
    validated,
    activity,
  );
  return {
    findings: inOrder([...withPausedOwners(examined.findings, observation, activity), ...seen.findings]),
    notChecked: [...examined.notChecked, ...seen.notChecked],
  };
}

/** Counts the table and reads its failures, as the monitor does between polls, but without rests. */
async function count(table: ControlTable): Promise<void> {
  const untilMs = performance.now() + countSeconds * 1000;
  let isWhole = false;
  while (performance.now() < untilMs) {
    const done = await table.work();
    if (done === null) return;
    isWhole ||= done.isWhole;
    if (isWhole && (await table.poll([])).triage?.isWhole === true) return;
  }
}

/** With the connection that was given in the commands that the findings name. */
function withPlaces({ findings, notChecked }: Diagnosis, place: string): Diagnosis {
  return {
    notChecked,
    findings: findings.map((finding) => ({
      ...finding,
      advice: finding.advice === null ? null : withPlace(finding.advice, place),
      commands: (finding.commands ?? []).map((command) => withPlace(command, place)),
    })),
  };
}

/** Without values in the errors of failures, and without queries. */
function redacted({ findings, notChecked }: Diagnosis): Diagnosis {
  return {
    notChecked,
    findings: findings.map((finding) => ({
      ...finding,
      ...(finding.check === 'failures' && withoutKind(finding)),
      // The first row is its query, the others are the transactions that wait for it.
      rows: finding.check === 'transactions' ? finding.rows.slice(1) : finding.rows,
      // An INSERT has the source query of an operation.
      sql: finding.check === 'coverage' && finding.sql?.startsWith('INSERT') === true ? null : finding.sql,
    })),
  };
}

/** Failures whose kind has values: the command selects them by their ids. */
function withoutKind({ title, rows, commands }: Finding): Pick<Finding, 'title' | 'commands'> {
  const redactedTitle = redactError(title);
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]));
  return {
    title: redactedTitle,
    commands: redactedTitle === title ? (commands ?? []) : [`migtop retry ${ids.join(' ')}`],
  };
}

function jsonText({ target }: ControlTable, diagnosis: Diagnosis, env: Surroundings['env']): string {
  const { host, port, database, table } = target;
  const worst = worstOf(diagnosis.findings);
  // The SQL has the change.
  const findings = diagnosis.findings.map(({ change: _, pid: _pid, ...finding }) => finding);
  const json = JSON.stringify({ target: { host, port, database, table }, worst, ...diagnosis, findings }, null, 2);
  return `${isUtf8(env) ? json : asciiJson(json)}\n`;
}
