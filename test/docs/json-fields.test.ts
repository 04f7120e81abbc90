import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { at, bracketRows, junctionRows, operation, snapshot } from '../domain/build.ts';
import { auditEntry, target } from '../support/fixtures.ts';

const noon = at('12:00:00');

/** The names of all fields of a value, and of the objects and lists in it. */
function fieldsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
}

it('every field of migtop status --json is in docs/json.md', async () => {
  const running = operation({ id: 90, status: 'running', startedAt: noon - 600, completedAt: null, workerId: 7 });
  const report = {
    snapshot: snapshot(noon, [...bracketRows, ...junctionRows, running]),
    throughput: [{ tableName: 'brackets', batchSize: 10, recordsPerSecond: 1, averageBatchSeconds: 10, batchCount: 2 }],
    activity: [auditEntry({ at: noon - 60 })],
    runStarts: [],
  };
  const document = statusDocument(target, report, null, { kind: 'ago', text: '2h', seconds: 7200 });
  for (const list of ['workers', 'failures', 'failureKinds', 'tables', 'activity', 'throughput'] as const)
    expect(document[list].length, list).toBeGreaterThan(0);
  expect(document.deadline).not.toBeNull();
  const text = await readFile(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const known = new Set(text.match(/\w+/g));
  expect(fieldsOf(document).filter((name) => !known.has(name))).toEqual([]);
});
