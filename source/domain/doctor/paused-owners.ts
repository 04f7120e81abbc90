import type { AuditEntry } from '../audit.ts';
import { standingPause } from '../holders.ts';
import type { Observation } from '../observation.ts';
import type { Operation } from '../operation.ts';
import { operatorName } from '../operator-name.ts';
import { pausedOwner } from '../standing-still.ts';
import type { Finding } from './finding.ts';

/**
 * The findings, with what ends the transaction of a worker whose operation is paused: the resume. Only then its end by force.
 *
 * @param activity the actions of operators, newest first
 */
export function withPausedOwners(
  findings: readonly Finding[],
  observation: Observation,
  activity: readonly AuditEntry[],
): readonly Finding[] {
  return findings.map((finding) => {
    const owner = finding.pid === undefined ? null : pausedOwner(observation, finding.pid);
    if (owner === null) return finding;
    return {
      ...finding,
      advice: [
        `${pausedText(owner, activity)}: its worker waits in this transaction until the resume`,
        ...(finding.advice === null ? [] : [finding.advice]),
      ].join('; '),
      commands: [...(finding.commands ?? []), `migtop resume ${owner.id}`],
    };
  });
}

/** `operation 2115 is paused by ops2@bastion (replica lag)`. */
export function pausedText({ id }: Pick<Operation, 'id'>, activity: readonly AuditEntry[]): string {
  const pause = standingPause(id, activity);
  if (pause === null) return `operation ${id} is paused`;
  const reason = pause.reason === null || pause.reason === '' ? '' : ` (${pause.reason})`;
  return `operation ${id} is paused by ${operatorName(pause)}${reason}`;
}
