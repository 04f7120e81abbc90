import type { FigureCondition } from '../domain/condition.ts';
import type { CommandName } from './command-table.ts';
import type { EventFlags } from './event-values.ts';

/** The options that may contradict each other. */
interface Contradicting {
  readonly rogue: boolean;
  readonly incident: boolean;
  readonly watch: boolean;
  readonly check: boolean;
  readonly json: boolean;
  readonly warning: readonly FigureCondition[] | null;
  readonly critical: readonly FigureCondition[] | null;
  readonly failOn: readonly FigureCondition[];
  readonly timeoutSeconds: number | null;
  readonly events: Pick<EventFlags, 'onEvent'>;
}

/** Why options do not fit together; null if they do. */
export function optionsContradiction(given: Contradicting, command: CommandName): string | null {
  const { watch, check, warning, critical } = given;
  if (given.rogue && given.incident) return '--incident has a worker that overwrites pauses; leave out --rogue';
  if (watch && check) return '--watch and --check print different things; leave out one';
  if (given.json && check) return '--check prints one line for a monitoring system; leave out --json';
  if (!check && warning !== null) return '--warning is only valid with --check';
  if (!check && critical !== null) return '--critical is only valid with --check';
  if (watch && given.timeoutSeconds !== null) return '--watch ends when it is interrupted; leave out --timeout';
  if (command === 'status' && !watch && given.events.onEvent !== null)
    return 'status takes --on-event only with --watch: one report has no events';
  return null;
}

/** Why a condition cannot be judged: it compares with a deadline, and neither the command line nor the target gives one. */
export function missingDeadline({
  until,
  warning,
  critical,
  failOn,
}: Pick<Contradicting, 'warning' | 'critical' | 'failOn'> & { readonly until: unknown }): string | null {
  const conditions: readonly FigureCondition[] = [...failOn, ...(warning ?? []), ...(critical ?? [])];
  if (until !== null || conditions.every(({ kind }) => kind !== 'late')) return null;
  return 'the condition late needs a deadline: --until 06:00, or the key until of the target';
}

/** Which options for conditions a command takes, if it was given the option for conditions of the other command; else null. */
export function conditionsOf(command: CommandName, option: string): string | null {
  if (command === 'status' && option === 'fail-on') return 'status --check takes --warning and --critical';
  return command === 'wait' && (option === 'warning' || option === 'critical') ? 'wait takes --fail-on' : null;
}
