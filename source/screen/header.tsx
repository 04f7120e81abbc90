import { memo } from 'react';
import type { OptionProblem } from '../database/options.ts';
import { hasEarlier } from '../domain/earlier.ts';
import { visibleName } from '../domain/visible-name.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { earlierMarks } from '../presentation/earlier-text.ts';
import { clockText, duration } from '../presentation/figures.ts';
import { joined, lineWidth, spread, text } from '../presentation/line.ts';
import { hostName } from '../presentation/target-document.ts';
import { truncate } from '../presentation/text-width.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The first row of the screen, painted from `headerLine`. */
export const Header = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Line 1: the watched table, and the age of the data. */
export function headerLine(state: MonitorState, theme: Theme): Line {
  const { target, window } = state;
  const { separator } = theme.glyphs;
  const { targetName = null } = state.session ?? {};
  const server = `${target.user}@${hostName(target.host)}/${target.database}`;
  const where = targetName === null ? server : `${separator} ${server}`;
  // The schema is shown if several schemas have a table of that name.
  const table = visibleName(target.namesakes.length > 0 ? target.table : target.table.replace(/^public\./, ''));
  const scopes = scopeLines(state);
  // The name of the target is never left out: it says whether this is production.
  const chosen =
    targetName === null ? [] : [text(` ${truncate(targetName, longestTarget, theme.glyphs.ellipsis)}`, 'strong')];
  const lead = [text(' migtop ', 'accent'), ...chosen];
  const full = ` ${where} ${separator} ${table}`;
  const long = marks(state, theme, (problem) => problem);
  const short = marks(state, theme, (problem) => shortProblem[problem]);
  const roomBeside = (right: Line, line: Line): number =>
    window.columns - lineWidth(lead) - lineWidth(line) - lineWidth(right) - 1;
  const fits = (line: Line): boolean =>
    lineWidth([...lead, ...line]) <= window.columns * scopeShare && roomBeside(short, line) >= leastName;
  const scope = scopes.find(fits) ?? scopes.at(-1) ?? [];
  const right = roomBeside(long, scope) >= lineWidth([text(full)]) ? long : short;
  const room = Math.max(leastName, roomBeside(right, scope));
  // The restriction (`since`) is never cut: the figures depend on it. Neither is a table other than migration_control.
  const end = ` ${separator} ${table}`;
  const left = room - lineWidth([text(end)]);
  const { ellipsis } = theme.glyphs;
  const name =
    table === usualTable
      ? truncate(full, room, ellipsis)
      : left < leastServer
        ? truncate(end.replace(` ${separator}`, ''), room, ellipsis)
        : truncate(` ${where}`, left, ellipsis) + end;
  return spread([...lead, text(name), ...scope], right, window.columns, theme);
}

/** The restriction (`since`) and how many operations before it are open or have failed, in full and in short. */
function scopeLines(state: MonitorState): readonly Line[] {
  const { scope } = state.target;
  if (scope === undefined) return [];
  const since = text(` since ${scope.text}`, 'accent');
  const earlier = shown(state)?.snapshot.earlier;
  return hasEarlier(earlier) ? earlierMarks(earlier).map((mark) => [since, text(mark, 'warn')]) : [[since]];
}

/** How much of the line the restriction may take, with what is before it: what the number of operations is matters more than the server. */
const scopeShare = 0.58;

/** Minimum width of the name of the server and the table. */
const leastName = 8;

const usualTable = 'migration_control';

/** Maximum width of a target's name. */
const longestTarget = 24;

/** Minimum width of the server's name; with less room it is omitted. */
const leastServer = 6;

/** The problems of guard and audit, in short. */
const shortProblem: Readonly<Record<OptionProblem, string>> = {
  'foreign audit': 'audit?',
  'foreign guard': 'guard?',
  'audit not writable': 'no audit',
};

/** The right end of the header: what the operator has to know before pressing a key, and the age of the data. */
function marks(state: MonitorState, theme: Theme, named: (problem: OptionProblem) => string): Line {
  const { target } = state;
  const observation = shown(state);
  return joined([
    frozenChip(state),
    target.rowSecurity ? [text(' VISIBLE ROWS ', 'chip')] : [],
    target.guarded ? [text(' GUARD ', 'guard')] : [],
    ...target.optionProblems.map((problem): Line => [text(` ${named(problem).toUpperCase()} `, 'chip')]),
    state.session?.production.name == null ? [] : [text(' PROD ', 'alarm')],
    state.readOnly === null ? [] : [text(' READ-ONLY ', 'chip')],
    lamp(state, theme),
    [text(observation === null ? ' ' : `${clockText(observation.snapshot.takenAt, target.zone)} `, 'dim')],
  ]);
}

/** How old the frozen display is. */
function frozenChip({ frozen, latest }: MonitorState): Line {
  if (frozen === null) return [];
  const behind = (latest ?? frozen).snapshot.takenAt - frozen.snapshot.takenAt;
  return [text(behind > 0 ? ` FROZEN ${duration(Math.floor(behind))} ` : ' FROZEN ', 'chip')];
}

function lamp(state: MonitorState, theme: Theme): Line {
  const { connection, latest, interval } = state;
  const age = `${Math.max(0, Math.floor((state.nowMs - state.receivedAtMs) / 1000))}s`;
  if (connection.kind === 'lost') {
    return [
      text(`${theme.glyphs.lampOff} LOST`, 'bad'),
      text(` ${latest === null ? '' : `data ${age} old, `}attempt ${connection.attempt}`, 'bad'),
    ];
  }
  if (connection.kind === 'waiting') {
    const seconds = Math.floor((state.nowMs - connection.sinceMs) / 1000);
    return [
      text(`${theme.glyphs.lampOff} no answer for ${seconds}s`, 'warn'),
      text(latest === null ? '' : ` data ${age} old`, 'warn'),
      text(connection.why === undefined ? '' : ` (${connection.why})`, 'warn'),
    ];
  }
  if (latest === null) return [text(`${theme.glyphs.lampOff} reading`, 'warn')];
  const stretched = interval.actualSeconds > interval.wantedSeconds * 1.05;
  const late = state.nowMs - state.receivedAtMs > (interval.actualSeconds + 2) * 1000;
  return [
    text(`${theme.glyphs.lampOn} ${age}`, late ? 'warn' : 'good'),
    text(
      ` ${theme.glyphs.separator} every ${Number(interval.actualSeconds.toFixed(1))}s${stretched ? ` (${interval.isBusy ? 'many changes' : 'slow'})` : ''}`,
      'dim',
    ),
  ];
}
