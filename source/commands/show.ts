import { DatabaseError } from '../database/database-error.ts';
import { isUtf8 } from '../domain/locale.ts';
import { heldChunks, type LongText, longTexts } from '../domain/long-text.ts';
import { type Observation, observe } from '../domain/observation.ts';
import { countedStallsOf } from '../domain/paused-stalls.ts';
import { standingStillOf } from '../domain/standing-still.ts';
import { visibleName } from '../domain/visible-name.ts';
import { withText } from '../monitor/detail-text.ts';
import type { ControlTable, OperationDetail } from '../polling/control-table.ts';
import { asciiJson } from '../presentation/charset.ts';
import { detailDocument, lineText } from '../presentation/detail-document.ts';
import { gapsNotes } from '../presentation/gaps-notes.ts';
import { handoffMarkdown, redacted } from '../presentation/handoff-text.ts';
import { operationDocument } from '../presentation/operation-json.ts';
import { type OperationRecord, operationRecord } from '../presentation/operation-record.ts';
import { waitsForDocument } from '../presentation/waits-document.ts';
import type { Flags } from './arguments.ts';
import { open } from './open.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';
import { suspendable } from './suspendable.ts';

export interface ShowInvocation {
  /** `handoff` prints Markdown. */
  readonly command: 'show' | 'handoff';
  readonly id: number;
  readonly connection: string | undefined;
  readonly flags: Flags;
}

/** Maximum number of windows that are read of a long text: together one million characters. */
const mostWindows = 8;

/** Columns of a text that does not go to a terminal: its lines stay as they are. */
const unlimited = 1_000_000;

/** `migtop show ID` and `migtop handoff ID`: everything about one operation. Resolves to the exit code. */
export async function runShow(invocation: ShowInvocation, surroundings: Surroundings): Promise<number> {
  const { command, id, connection, flags } = invocation;
  const { stdout, stderr, env } = surroundings;
  const table = await open(connection, flags, surroundings);
  try {
    const read = await suspendable(table, surroundings, () => readOperation(table, id));
    if (read === null) {
      const { rowSecurity, table: name } = table.target;
      const hidden = rowSecurity ? ', or a row-level security policy hides it from you' : '';
      throw new DatabaseError('failed', `There is no operation ${id} in ${visibleName(name)}${hidden}.`);
    }
    for (const note of read.notes) stderr.write(`migtop: note: ${note}\n`);
    const text =
      command === 'handoff'
        ? handoffMarkdown({ ...read, target: table.target, redact: flags.redact })
        : flags.json
          ? jsonText(table, read, flags, env)
          : plainText(read, flags, stdout.isTTY ? stdout.columns : unlimited);
    await print(stdout, text);
    return 0;
  } finally {
    await table.close();
  }
}

interface Read {
  readonly detail: OperationDetail;
  readonly record: OperationRecord;
  readonly observation: Observation;
  readonly notes: readonly string[];
}

async function readOperation(table: ControlTable, id: number): Promise<Read | null> {
  const found = await table.detail(id);
  if (found === null) return null;
  const detail = await withWholeTexts(table, found);
  // The poll below judges with the resumes that these actions show.
  let problem: string | null = null;
  const activity = await table.activity().catch((error: Error) => {
    problem = `the audit could not be read: ${error.message}`;
    return [];
  });
  const actions = await table.actionsOn(id).catch(() => []);
  let snapshot = await table.poll([id]);
  // Whether a failure is resolved is known when all of them have been read.
  const isFailed = detail.operation.status === 'failed';
  while (isFailed && snapshot.triage?.isWhole === false && (await table.work()) !== null)
    snapshot = await table.poll([id]);
  const observation = observe(null, snapshot);
  const record = operationRecord({
    detail,
    observation,
    activity,
    actions,
    areIdsUnique: table.target.isFollowable,
    mayBeHidden: table.target.rowSecurity,
    hasAudit: table.target.audit !== null,
  });
  return { detail, record, observation, notes: problem === null ? gapsNotes(table.auditGaps()) : [problem] };
}

/** The detail with its long texts, as far as one million characters each. */
async function withWholeTexts(table: ControlTable, detail: OperationDetail): Promise<OperationDetail> {
  let whole = detail;
  for (const field of longTexts) {
    if (whole.windows?.[field] !== undefined) whole = await withWholeText(table, whole, field);
  }
  return whole;
}

async function withWholeText(table: ControlTable, detail: OperationDetail, field: LongText): Promise<OperationDetail> {
  let whole = detail;
  for (let windows = 1; windows < mostWindows; windows++) {
    const before = whole.windows?.[field];
    if (before === undefined || !before.hasMore) break;
    const next = await table.text(detail.operation.id, field, windows * heldChunks);
    // Another version of the row has another text.
    if (next?.window == null || next.version !== detail.operation.version) break;
    whole = withText(whole, field, { ...next.window, first: 0, chunks: [...before.chunks, ...next.window.chunks] });
  }
  return whole;
}

function plainText({ detail: given, record }: Read, { redact }: Flags, columns: number): string {
  const detail = redact ? redacted(given) : given;
  const { operation } = detail;
  const shown = redact ? withoutValuesOf(record) : record;
  // In the order of the detail view in a narrow window.
  const { texts, facts } = detailDocument(detail, columns, { record: shown, isNarrow: true });
  const lines = [...texts, ...facts];
  const title = `operation ${operation.id}: ${operation.tableName}, ${operation.phase}, ${operation.operation}: ${operation.status}`;
  return `${[title, '', ...lines.map((line) => lineText(line).trimEnd())].join('\n').trimEnd()}\n`;
}

function withoutValuesOf(record: OperationRecord): OperationRecord {
  return { ...record, facts: record.facts.map((fact) => ({ ...fact, value: fact.redacted ?? fact.value })) };
}

function jsonText(
  { target }: ControlTable,
  { detail, record, observation }: Read,
  { redact }: Flags,
  env: Surroundings['env'],
): string {
  const stall = countedStallsOf(observation).of(detail.operation) ?? null;
  const resolution = observation.triage.of(detail.operation.id)?.resolution;
  const resolvedBy = resolution?.kind === 'resolved' ? resolution.by : null;
  const waitsFor = waitsForDocument(standingStillOf(observation, detail.operation), redact);
  const about = { stall, waitsFor, resolvedBy, redact };
  const json = JSON.stringify(operationDocument(target, detail, record, about), null, 2);
  return `${isUtf8(env) ? json : asciiJson(json)}\n`;
}
