import { expect, it } from 'vitest';
import { kindFile, operationFile } from '../../source/monitor/copied-names.ts';
import { target } from '../support/fixtures.ts';

it('gives operations with the same id in different tables, databases and servers different files', () => {
  const others = [
    { ...target, identity: { ...target.identity, table: 'other', tableOid: '4711' } },
    { ...target, database: 'appeals', identity: { ...target.identity, database: 'appeals' } },
    { ...target, host: 'db2.example.org', identity: { ...target.identity, system: '42' } },
  ];
  const names = [target, ...others].map((one) => operationFile(10, 'whole', one));
  expect(new Set(names).size).toBe(4);
  expect(names[2]).toMatch(/^operation-10-db1-appeals-[0-9a-f]{4}\.md$/);
  expect(names[3]).toMatch(/^operation-10-db2-dispatch-[0-9a-f]{4}\.md$/);
  expect(new Set([target, ...others].map((one) => kindFile('deadlock detected', one))).size).toBe(4);
});

it('has room for the folder and the name of a file with a kind of failure in 80 columns', () => {
  const kind = 'insert or update on table violates foreign key constraint';
  const path = `~/.local/state/migtop/${kindFile(kind, target)}`;
  expect(` ✓ copied, also to ${path} `.length).toBeLessThanOrEqual(80);
});

it.each([
  ['/var/run/postgresql', 'local'],
  ['10.0.0.17', '10-0-0-17'],
  ['::1', '1'],
  ['../../etc', ''],
  ['бд', ''],
])('makes a name that is safe of the server %s', (host, words) => {
  const name = operationFile(10, 'error', { ...target, host });
  expect(name).toMatch(/^operation-10-error(-[a-z0-9_]+)+\.txt$/);
  expect(name).toContain(`error-${words}`.replace('--', '-'));
});
