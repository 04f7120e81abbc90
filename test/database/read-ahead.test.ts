import { expect, it } from 'vitest';
import type { Connection } from '../../source/database/connection.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import { readAhead } from '../../source/database/read-ahead.ts';

type Parts = Pick<Connection, 'read' | 'readAll'>;

const statements = [{ text: 'SELECT 1' }, { text: 'SELECT $1', values: ['a'] }];

/** A connection that answers each statement with its text; and the single reads that were sent. */
function connection(failure: unknown = null): { readonly parts: Connection; readonly single: string[] } {
  const single: string[] = [];
  const parts: Parts = {
    async readAll(all) {
      if (failure !== null) throw failure;
      return all.map(({ text }) => [{ text }]);
    },
    async read(text) {
      single.push(text);
      return [{ text }];
    },
  };
  return { parts: parts as Connection, single };
}

const refused = (code: string): DatabaseError =>
  new DatabaseError('failed', 'refused', Object.assign(new Error('refused'), { code, severity: 'ERROR' }));

it('reads sent ahead are answered without another message', async () => {
  const { parts, single } = connection();
  const reader = await readAhead(parts, 180_000, statements);
  expect(await reader.read('SELECT $1', ['a'])).toEqual([{ text: 'SELECT $1' }]);
  expect(await reader.read('SELECT 1')).toEqual([{ text: 'SELECT 1' }]);
  expect(single).toEqual([]);
  await reader.read('SELECT $1', ['b']);
  expect(single).toEqual(['SELECT $1']);
});

it('each read is sent by itself if the server refuses one of them', async () => {
  const { parts, single } = connection(refused('42501'));
  const reader = await readAhead(parts, 180_000, statements);
  await reader.read('SELECT 1');
  expect(single).toEqual(['SELECT 1']);
});

it.each(['08006', '57P01'])('a lost connection (%s) is reported', async (code) => {
  await expect(readAhead(connection(refused(code)).parts, 180_000, statements)).rejects.toThrow('refused');
});
