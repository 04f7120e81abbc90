import { createKinds } from '../domain/failure-kind.ts';
import { type Completion, completionAt, type KnownValues } from '../domain/filter/complete.ts';
import type { Observation } from '../domain/observation.ts';
import { type MonitorState, shown } from './state.ts';

/** How the filter that is being typed may go on; null if none is typed. */
export function filterCompletion(state: MonitorState): Completion | null {
  const { overlay } = state;
  if (overlay.kind !== 'filter') return null;
  const { text, caret } = overlay.field;
  return completionAt(text, caret, knownValues(state));
}

/** The rest of the first candidate, where it begins with what was typed: shown after the caret. */
export function suggestedRest(state: MonitorState): string {
  const { overlay } = state;
  const completion = filterCompletion(state);
  if (overlay.kind !== 'filter' || completion === null) return '';
  const { text, caret } = overlay.field;
  const typed = text.slice(completion.from, caret);
  const [first = ''] = completion.candidates;
  const isWanted = typed !== '' || text[completion.from - 1] === ':';
  return isWanted && caret === text.length && first.toLowerCase().startsWith(typed.toLowerCase())
    ? first.slice(typed.length)
    : '';
}

interface FromObservation {
  readonly tables: readonly string[];
  readonly workers: readonly number[];
  readonly kinds: readonly string[];
}

function knownValues(state: MonitorState): KnownValues {
  const observation = shown(state);
  const operators = [...new Set((state.activity ?? []).map(({ osUser }) => osUser))].sort();
  if (observation === null) return { tables: [], workers: [], kinds: [], operators };
  return { ...observation.memo(valuesIn, observation), operators };
}

/** The tables with open or failed operations first. */
function valuesIn({ snapshot }: Observation): FromObservation {
  const held = [...snapshot.operations, ...snapshot.failures];
  const kindOf = createKinds();
  const workers = new Set(held.flatMap(({ workerId }) => workerId ?? []));
  return {
    tables: [...new Set([...held, ...snapshot.totals].map(({ tableName }) => tableName))],
    workers: [...workers].sort((a, b) => a - b),
    kinds: [...new Set(snapshot.failures.slice(0, 200).map(({ errorMessage }) => kindOf(errorMessage).kind))],
  };
}
