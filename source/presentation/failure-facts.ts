import { failureKind } from '../domain/failure-kind.ts';
import type { Observation } from '../domain/observation.ts';
import { endedAt, secondsSince } from '../domain/operation.ts';
import { redactKind } from '../domain/redact.ts';
import type { Resolution } from '../domain/triage.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { countGapText } from './count-gap.ts';
import type { Fact } from './fact.ts';
import { duration } from './figures.ts';
import { suggestionText } from './kind-suggestion.ts';

/** Whether a failure is unresolved, and its kind. */
export function failureFacts({ operation, takenAt, zone }: OperationDetail, observation: Observation | null): Fact[] {
  if (operation.status !== 'failed') return [];
  const triage = observation?.triage;
  const state = triage?.of(operation.id) ?? null;
  const { kind, sqlState } = state ?? failureKind(operation.errorMessage);
  const ago = secondsSince(endedAt(operation), takenAt, zone);
  const summary = triage?.kinds.find((one) => one.kind === kind);
  const isOver = state !== null && state.resolution.kind !== 'unresolved';
  const suggestion =
    observation === null || summary === undefined || isOver ? null : suggestionText(summary, observation);
  const gap = countGapText(operation);
  return [
    ...(state === null ? [] : [resolutionFact(state.resolution)]),
    ...(ago === null ? [] : [{ name: 'failed', value: `${duration(ago)} ago` }]),
    { name: 'kind', value: kind, redacted: redactKind(kind) },
    ...(sqlState === null ? [] : [{ name: 'SQLSTATE', value: sqlState }]),
    ...(gap === null ? [] : [{ name: 'difference', value: gap }]),
    ...(suggestion === null ? [] : [{ name: 'what helps', value: suggestion }]),
  ];
}

function resolutionFact(resolution: Resolution): Fact {
  switch (resolution.kind) {
    case 'unresolved':
      return { name: 'failure', value: 'unresolved', tone: 'bad' };
    case 'resolved':
      return { name: 'failure', value: `resolved by operation ${resolution.by}`, tone: 'good' };
    case 'accepted':
      return { name: 'failure', value: `accepted by ${resolution.who}: ${resolution.note}`, tone: 'good' };
  }
}
