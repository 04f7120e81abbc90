import type { Observation } from '../domain/observation.ts';
import { isCounting, type Snapshot } from '../domain/snapshot.ts';
import { count, duration, percent, tooSlowText } from '../presentation/figures.ts';
import { bar, cutLine, text } from '../presentation/line.ts';
import type { Line, Theme } from '../presentation/theme.ts';

/** Line 2 until the whole table has been counted once: the progress of the count. */
export function countingLine({ migration, snapshot }: Observation, columns: number, theme: Theme): Line {
  const { share, isTooSlow } = snapshot.coverage;
  if (isTooSlow) return cutLine([text(` ${tooSlowText}`, 'warn')], columns, theme);
  const line: Line = [
    text(' counting ', 'strong'),
    ...bar(share, Math.max(12, Math.min(100, columns - 58)), theme, 'live'),
    text(` ${percent(Math.floor(share * 100))}`, 'strong'),
    text(`  ${count(migration.operations, 11)} operations counted`),
  ];
  return cutLine(line, columns, theme);
}

/** The note that a list of totals is not complete yet; empty if it is. */
export function countingNote(snapshot: Snapshot): string {
  if (!isCounting(snapshot)) return '';
  if (snapshot.coverage.isTooSlow) return 'totals unknown';
  return `${Math.floor(snapshot.coverage.share * 100)}% of the table counted`;
}

/** Maximum age of totals that are shown without their age. */
const silentSeconds = 60;

/** The age of totals that are older than the rows, and whether they are being counted: in full, and in short. */
export function totalsAge({ snapshot }: Observation): readonly Line[] {
  const { share, countedAt, isStale } = snapshot.coverage;
  if (countedAt === null) return [];
  const age = duration(Math.max(0, Math.floor(snapshot.takenAt - countedAt)));
  const say = (tone: 'warn' | 'dim', ...texts: string[]): Line[] => texts.map((words) => [text(words, tone)]);
  const again = Math.floor(share * 100);
  if (share < 1)
    return say(
      'warn',
      `totals up to ${age} old, counting again: ${again}%`,
      `totals ${age} old, again: ${again}%`,
      `totals ${age} old`,
      `${age} old`,
    );
  if (isStale) return say('warn', 'counting changed ids again', 'counting again');
  return snapshot.takenAt - countedAt < silentSeconds ? [] : say('dim', `totals up to ${age} old`, `totals ${age} old`);
}
