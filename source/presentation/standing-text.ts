import { lockHolder } from '../domain/lock-holder.ts';
import { isPausedUnbegun } from '../domain/operation.ts';
import { redactSql } from '../domain/redact.ts';
import type { Stall } from '../domain/stalls.ts';
import type { Blocker, FoundBy, StandingStill } from '../domain/standing-still.ts';
import { age, duration, stallText, usualText } from './figures.ts';
import type { OperationRow } from './rows.ts';
import { truncate, widthOf } from './text-width.ts';
import { statusTone, type Tone } from './theme.ts';

/** Maximum length of a program's name and of a reason in the row of a list. */
const nameColumns = 16;
const reasonColumns = 24;

/** Why an operation stands still, as short as a column of this width needs it; null if it does not. */
export function whyText(
  row: OperationRow,
  width = Number.POSITIVE_INFINITY,
): { readonly text: string; readonly tone: Tone } | null {
  const { flag, stall, standing, hold } = row;
  const [first] = standing.waitsFor;
  if (flag === 'OVERWRITTEN' || flag === 'NOT STOPPED') return { text: flag, tone: 'alarm' };
  const waiting = pausedText(row);
  const held = hold === null ? '' : row.isHoldSeen === false ? 'HELD?, ' : 'HELD, ';
  if (waiting !== null) {
    const short = waiting.replace(held === '' ? /^paused; / : /^paused; (still )?/, '');
    // The glyph shows that it is paused; nothing else shows the pid.
    return { text: fitting([`${held}${short}`, short.replace(/^still /, '')], width), tone: 'bad' };
  }
  const reason = row.isHoldShared === true ? '' : truncate(hold ?? '', reasonColumns);
  if (hold !== null && row.isHoldSeen !== false) return { text: `HELD ${reason}`.trimEnd(), tone: 'warn' };
  // As before the pause, but without its colour: it waits for the operator now.
  if (stall === null && row.pausedStall !== undefined) {
    const stalls = [row.pausedStall, { ...row.pausedStall, usualSeconds: null }];
    const texts = stalls.map((one) => `${held}${stalledFor(one)}`);
    return { text: fitting(texts, width), tone: 'warn' };
  }
  if (hold !== null && !isPausedUnbegun(row.operation) && flag === null)
    return { text: `HELD? ${reason}`.trimEnd(), tone: 'warn' };
  if (stall === null) return flag === null ? null : { text: flag, tone: 'warn' };
  if (stall.kind === 'blocked' && first !== undefined) {
    const brief = `waits for ${blockerName(first)}`;
    return { text: fitting([`${brief}, ${age(stall.seconds)}`, brief], width), tone: 'bad' };
  }
  return { text: stalledFor(stall), tone: stall.kind === 'suspected' ? 'warn' : 'bad' };
}

/** The first of some texts, the longest first, that a column has room for; else the last. */
function fitting(texts: readonly string[], width: number): string {
  return texts.find((text) => widthOf(text) <= width) ?? texts.at(-1) ?? '';
}

/** How long ago an operation has made progress, or why it stands still, for a list. */
export function progressAgo(
  row: OperationRow,
  width = Number.POSITIVE_INFINITY,
): { readonly text: string; readonly tone: Tone } {
  const { operation, still } = row;
  const mark = '! ';
  const why = whyText(row, width - mark.length);
  if (why !== null) return why.tone === 'warn' ? why : { ...why, text: `${mark}${why.text}` };
  if (still === null) return { text: operation.status, tone: statusTone[operation.status] };
  if (isPausedUnbegun(operation)) return { text: 'not begun', tone: 'dim' };
  return { text: `${still.atLeast ? '>' : ''}${duration(still.seconds)}`, tone: 'plain' };
}

function stalledFor({ kind, seconds, usualSeconds }: Stall): string {
  if (kind === 'no session') return `DEAD? ${age(seconds)}`;
  return `${kind === 'suspected' ? 'STILL?' : 'STALLED'} ${age(seconds)}${usualText(usualSeconds)}`;
}

/** A paused operation whose session still waits or works: `paused; still waits for pid 17391 psql`; else null. */
export function pausedText({
  operation,
  standing: { session, waitsFor },
}: Pick<OperationRow, 'operation' | 'standing'>): string | null {
  if (operation.status !== 'paused' || session === null) return null;
  const [first] = waitsFor;
  return first === undefined ? 'paused; its statement still runs' : `paused; still waits for ${blockerName(first)}`;
}

/** Why an operation stands still, as a sentence, for `status`, the detail and messages. */
export function standingText({
  stall,
  standing,
}: Pick<OperationRow, 'standing'> & { stall: Parameters<typeof stallText>[0] }): string {
  const [first] = standing.waitsFor;
  if (stall.kind !== 'blocked' || first === undefined) return stallText(stall);
  return `stalled ${duration(stall.seconds)}, waits for ${blockerName(first)}${stateOf(first)}`;
}

/** `pid 17391 psql`, or `pid 17391 worker 3` if it is the session of another operation's worker. */
export function blockerName({ pid, application, user, operation }: Blocker): string {
  const name = operation?.workerId != null ? `worker ${operation.workerId}` : (application ?? user ?? '');
  return lockHolder(pid, truncate(name, nameColumns));
}

/** Who it is and what it does: `pid 17391 psql, dba at 10.0.0.5, idle in transaction for 26m: LOCK TABLE cases`. */
export function blockerText(blocker: Blocker, isRedacted = false): string {
  const { user, client, operation, query } = blocker;
  const who = [user ?? '', client === null ? '' : `at ${client}`].filter(Boolean).join(' ');
  const work = operation === null ? '' : `operation ${operation.id}`;
  const shown = query === null ? '' : `: ${isRedacted ? redactSql(query) : query}`;
  return `${[blockerName(blocker), who, work].filter(Boolean).join(', ')}${stateOf(blocker)}${shown}`;
}

/** The text for a stalled operation that no session blocks: unless its session is known, nothing shows what it waits for. */
export function unblockedText({ session }: Pick<StandingStill, 'session'>): string {
  return session === null ? 'unknown: the session of its worker is not known' : `no lock (pid ${session.pid})`;
}

/** The state of a session, and for how long its transaction has lasted. */
function stateOf({ state, transactionSeconds }: Blocker): string {
  if (state === null) return '';
  return `, ${state}${transactionSeconds === null ? '' : ` for ${age(transactionSeconds)}`}`;
}

const foundBy: Readonly<Record<FoundBy, string>> = {
  name: '',
  application_name: 'found by its application_name',
  query: 'found by its query',
  client_addr: 'found by its address',
};

/** The session of an operation's worker, with how it was found; null if it is not known. */
export function sessionText({ session, foundBy: by }: StandingStill, isRedacted = false): string | null {
  if (session === null) return null;
  const name = [`pid ${session.pid}`, session.application ?? ''].filter(Boolean).join(' ');
  const how = by === null || foundBy[by] === '' ? '' : ` (${foundBy[by]})`;
  const state = session.state === null ? '' : `, ${session.state}`;
  const wait = session.wait === null ? '' : `, ${session.wait}`;
  const query = session.query === null ? '' : `: ${isRedacted ? redactSql(session.query) : session.query}`;
  return `${name}${how}${state}${wait}${query}`;
}
