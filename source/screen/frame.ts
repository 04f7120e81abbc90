import type { OptionProblem } from '../database/options.ts';
import type { Observation } from '../domain/observation.ts';
import { paceOf } from '../domain/pace.ts';
import { parseSince, sinceHint } from '../domain/since.ts';
import { isCounting } from '../domain/snapshot.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { visibleName } from '../domain/visible-name.ts';
import { commands, keyName, scopeOf, viewTitle } from '../monitor/commands.ts';
import { clockText, count, duration, eta, percent, rate } from '../monitor/figures.ts';
import { parseFilter } from '../monitor/filter.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { truncate } from '../monitor/text-width.ts';
import { viewIds } from '../monitor/view-id.ts';
import { selectedOperation } from '../monitor/views.ts';
import { countingLine, totalsAge } from './counting.ts';
import { bar, cutLine, joined, lineWidth, spread, text, typedPart } from './line.ts';
import { type Line, type Look, statusTone } from './look.ts';

/** Line 1: what is watched, and how fresh the picture is. */
export function headerLine(state: MonitorState, look: Look): Line {
  const { target, window } = state;
  const { separator } = look.glyphs;
  const where = `${target.user}@${hostName(target.host)}/${target.database}`;
  // Where several schemas have a table of that name, the schema tells them apart.
  const table = visibleName(target.namesakes.length > 0 ? target.table : target.table.replace(/^public\./, ''));
  const scope: Line = target.scope === undefined ? [] : [text(` since ${target.scope.text}`, 'accent')];
  const lead = text(' migtop ', 'accent');
  const roomBeside = (right: Line): number =>
    window.columns - lineWidth([lead]) - lineWidth(scope) - lineWidth(right) - 1;
  const named = ` ${where} ${separator} ${table}`;
  const long = marks(state, look, (problem) => problem);
  const right =
    roomBeside(long) >= lineWidth([text(named)]) ? long : marks(state, look, (problem) => shortProblem[problem]);
  const room = Math.max(8, roomBeside(right));
  // Which operations are shown is never cut: the figures mean something else without it. Nor is a table that is not the usual one.
  const end = ` ${separator} ${table}`;
  const left = room - lineWidth([text(end)]);
  const { ellipsis } = look.glyphs;
  const name =
    table === usualTable
      ? truncate(named, room, ellipsis)
      : left < leastServer
        ? truncate(end.replace(` ${separator}`, ''), room, ellipsis)
        : truncate(` ${where}`, left, ellipsis) + end;
  return spread([lead, text(name), ...scope], right, window.columns, look);
}

const usualTable = 'migration_control';

/** Columns that the server's name takes at the least; with fewer it is left out. */
const leastServer = 6;

/** What is said of guard and audit where there is little room. */
const shortProblem: Readonly<Record<OptionProblem, string>> = {
  'foreign audit': 'audit?',
  'foreign guard': 'guard?',
  'audit not writable': 'no audit',
};

/** The right end of the header: what the operator has to know before pressing a key, and how fresh the picture is. */
function marks(state: MonitorState, look: Look, named: (problem: OptionProblem) => string): Line {
  const { target } = state;
  const observation = shown(state);
  return joined([
    frozenChip(state),
    target.rowSecurity ? [text(' VISIBLE ROWS ', 'chip')] : [],
    target.guarded ? [text(' GUARD ', 'guard')] : [],
    ...target.optionProblems.map((problem): Line => [text(` ${named(problem).toUpperCase()} `, 'chip')]),
    state.readOnly === null ? [] : [text(' READ-ONLY ', 'chip')],
    lamp(state, look),
    [text(observation === null ? ' ' : `${clockText(observation.snapshot.takenAt, target.zone)} `, 'dim')],
  ]);
}

/** How far the frozen picture is behind what is polled. */
function frozenChip({ frozen, latest }: MonitorState): Line {
  if (frozen === null) return [];
  const behind = (latest ?? frozen).snapshot.takenAt - frozen.snapshot.takenAt;
  return [text(behind > 0 ? ` FROZEN ${duration(Math.floor(behind))} ` : ' FROZEN ', 'chip')];
}

/** A socket directory says little and takes much room. */
function hostName(host: string): string {
  return host.startsWith('/') ? 'local' : host;
}

function lamp(state: MonitorState, look: Look): Line {
  const { connection, latest, interval } = state;
  const age = `${Math.max(0, Math.floor((state.nowMs - state.receivedAtMs) / 1000))}s`;
  if (connection.kind === 'lost') {
    return [
      text(`${look.glyphs.lampOff} LOST`, 'bad'),
      text(` ${latest === null ? '' : `data ${age} old, `}attempt ${connection.attempt}`, 'bad'),
    ];
  }
  if (connection.kind === 'waiting') {
    const seconds = Math.floor((state.nowMs - connection.sinceMs) / 1000);
    return [
      text(`${look.glyphs.lampOff} no answer for ${seconds}s`, 'warn'),
      text(latest === null ? '' : ` data ${age} old`, 'warn'),
      text(connection.why === undefined ? '' : ` (${connection.why})`, 'warn'),
    ];
  }
  if (latest === null) return [text(`${look.glyphs.lampOff} reading`, 'warn')];
  const stretched = interval.actualSeconds > interval.wantedSeconds * 1.05;
  const late = state.nowMs - state.receivedAtMs > (interval.actualSeconds + 2) * 1000;
  return [
    text(`${look.glyphs.lampOn} ${age}`, late ? 'warn' : 'good'),
    text(
      ` ${look.glyphs.separator} every ${Number(interval.actualSeconds.toFixed(1))}s${stretched ? ' (slow)' : ''}`,
      'dim',
    ),
  ];
}

/** Line 2: the whole migration. */
export function migrationLine(state: MonitorState, look: Look): Line {
  const observation = shown(state);
  const { columns } = state.window;
  if (observation === null)
    return [text(state.connection.kind === 'lost' ? ' nothing read yet' : ' reading the table …', 'dim')];
  const { migration } = observation;
  if (isCounting(observation.snapshot)) return countingLine(observation, columns, look);
  if (migration.operations === 0) return [text(' the table has no operations yet', 'dim')];
  const pace = paceOf(observation);
  const range = eta(pace.eta);
  const doubt = migration.isUnclear ? '?' : '';
  const records =
    migration.totalRecords === null
      ? [text(`${count(migration.recordsProcessed, 7)}${doubt} records`)]
      : [text(`${count(migration.recordsProcessed, 7)}${doubt}/${count(migration.totalRecords, 7)}`)];
  const line: Line = [
    text(` ${migration.currentPhase ?? ''} `, 'strong'),
    ...bar(
      migration.percent === null ? null : migration.percent / 100,
      Math.max(12, Math.min(100, columns - 58)),
      look,
      'live',
    ),
    text(` ${percent(migration.percent)}`, 'strong'),
    text('  '),
    ...records,
    text(`  ${rate(pace.recordsPerSecond, 9)} rec/s`),
  ];
  const end: Line =
    range === '' ? [] : [text(`  ETA ${look.glyphs.separator === '|' ? range.replace('–', '-') : range}`)];
  // Half an ETA says something else than all of it.
  return cutLine(lineWidth(line) + lineWidth(end) <= columns ? [...line, ...end] : line, columns, look);
}

/** Line 3: how many operations are in each status, and which view this is. */
export function countsLine(state: MonitorState, look: Look): Line {
  const observation = shown(state);
  const counts = observation === null ? [] : statusCounts(observation);
  const filtered: Line =
    state.filter === '' ? [] : [text('filter ', 'dim'), text(truncate(state.filter, 40, look.glyphs.ellipsis), 'warn')];
  const left: Line = [text(' '), ...joined(counts)];
  const right = joined([filtered, tabs(state), []]);
  const room = state.window.columns - lineWidth(left) - lineWidth(right) - 4;
  const age = observation === null ? [] : (totalsAge(observation).find((one) => lineWidth(one) <= room) ?? []);
  return spread(left, age.length === 0 ? right : joined([age, right]), state.window.columns, look);
}

function statusCounts(observation: Observation): Line[] {
  const { statuses } = observation.migration;
  const { snapshot } = observation;
  const one = (status: keyof typeof statuses, word: string, always: boolean): Line =>
    // What is counted only in part so far says nothing.
    (statuses[status] === 0 && !always) || (isCounting(snapshot) && snapshot.counts[status] === undefined)
      ? []
      : [text(`${count(statuses[status], 9)} ${word}`, statuses[status] === 0 ? 'dim' : statusTone[status])];
  const stalled = stallsOf(observation).size;
  const unreadable = observation.snapshot.unreadable
    .filter(({ id }) => id === null)
    .reduce((sum, { operations }) => sum + operations, 0);
  return [
    one('running', 'running', true),
    stalled === 0 ? [] : [text(`${count(stalled)} stalled`, 'bad')],
    one('paused', 'paused', false),
    one('failed', 'failed', true),
    one('pending', 'pending', true),
    one('completed', 'done', true),
    one('skipped', 'skipped', false),
    unreadable === 0 ? [] : [text(`${count(unreadable)} unreadable`, 'bad')],
  ];
}

/** The views with their keys where there is room, else the one that is shown. */
function tabs(state: MonitorState): Line {
  if (state.window.columns < 140) return [];
  return joined([
    ...viewIds.map(
      (view, index): Line => [text(`${index + 1} ${viewTitle(view)}`, view === state.view ? 'accent' : 'dim')],
    ),
    [text('')],
  ]);
}

/** The line above the keys: what came of the last action, or what has just happened. */
export function toastLine(state: MonitorState, look: Look): Line {
  const { connection, toast, window, overlay } = state;
  if (overlay.kind === 'filter') {
    const parsed = parseFilter(overlay.field.text);
    if (parsed.kind === 'wrong')
      return cutLine([text(` ${look.glyphs.bad} ${parsed.problem}`, 'bad')], window.columns, look);
    return cutLine(
      [text(' status:  phase:  table:  worker:  or any text of table, operation, error', 'dim')],
      window.columns,
      look,
    );
  }
  if (overlay.kind === 'since') {
    const typed = overlay.field.text.trim();
    const isWrong = typed !== '' && parseSince(typed) === null;
    const line = isWrong
      ? text(` ${look.glyphs.bad} give ${sinceHint}`, 'bad')
      : text(` only operations since ${sinceHint}; empty: all`, 'dim');
    return cutLine([line], window.columns, look);
  }
  // A write whose end is not known is worse news than the lost connection, which the header shows anyway; and what a key
  // has brought since has to be seen.
  const isNewer =
    toast !== null && (toast.unsettled || (connection.kind === 'lost' && toast.atMs >= connection.sinceMs));
  if (connection.kind === 'lost' && !isNewer) {
    return cutLine([text(` ${look.glyphs.bad} ${connection.problem}`, 'bad')], window.columns, look);
  }
  if (toast === null) return [];
  const mark =
    toast.tone === 'good' ? look.glyphs.good : toast.tone === 'bad' ? look.glyphs.bad : look.glyphs.separator;
  return cutLine([text(` ${mark} ${toast.text}`, toast.tone === 'news' ? 'plain' : toast.tone)], window.columns, look);
}

/** The last line while a filter, or since when, is typed, and the column of its caret; null while neither is. */
export function typingLine(state: MonitorState, look: Look): { line: Line; caret: number } | null {
  const { overlay, window } = state;
  if (overlay.kind !== 'filter' && overlay.kind !== 'since') return null;
  const lead = overlay.kind === 'filter' ? ' /' : ' since ';
  const keys = text('Enter apply  Esc cancel ', 'dim');
  const typed = typedPart(overlay.field, window.columns - lineWidth([keys]) - lead.length - 2);
  return {
    line: spread([text(lead, 'accent'), text(typed.text)], [keys], window.columns, look),
    caret: lead.length + typed.column,
  };
}

/** The last line: the keys that work now and here, and why one that one would reach for does not. */
export function keyLine(state: MonitorState): Line {
  const { window } = state;
  const scope = scopeOf(state);
  const offered = commands.filter((command) => command.scopes.includes(scope) && command.label !== '');
  const reasons = new Map(offered.map((command) => [command.id, command.disabledReason(state)]));
  const acts = offered.filter((command) => command.group === 'Act' && command.id !== 'undo');
  // One reason is enough where nothing can be done; else only the one that says what to do first.
  const refused = acts.every((command) => reasons.get(command.id) !== null)
    ? acts.slice(0, selectedOperation(state) === null ? 0 : 1)
    : acts.filter((command) => reasons.get(command.id)?.endsWith(' first'));
  const parts = offered.flatMap((command): Line[] => {
    const key = keyName(command.keys[0] ?? '');
    const reason = reasons.get(command.id) ?? null;
    if (reason === null) return [[text(key, 'accent'), text(` ${command.label}`)]];
    return refused.includes(command) ? [[text(`${key} ${command.label}: ${reason}`, 'dim')]] : [];
  });
  const views: Line[] = scope === 'list' ? [[text(`1-${viewIds.length}`, 'accent'), text(' views')]] : [];
  const help = parts.splice(-2);
  return fitting([text(' ')], [...parts, ...views], help, window.columns);
}

/** As many of the keys as fit, and always the last ones: help and quit. */
function fitting(lead: Line, parts: Line[], last: Line[], width: number): Line {
  const kept = [...parts];
  for (;;) {
    const line = [...lead, ...joined([...kept, ...last])];
    if (kept.length === 0 || line.reduce((sum, segment) => sum + segment.text.length, 0) <= width) return line;
    kept.pop();
  }
}
