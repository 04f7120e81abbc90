import { expect, test } from 'vitest';
import {
  closeStatementMessage,
  createMessageReader,
  parseMessage,
  queryMessage,
  renameStatement,
  sqlIn,
  startupPacket,
  statementIn,
  syncMessage,
} from '../../source/demo/wire-messages.ts';

test('splits a stream into messages, wherever the chunks end', () => {
  const stream = Buffer.concat([
    startupPacket(),
    queryMessage('SELECT 1'),
    parseMessage('named', 'SELECT 2'),
    syncMessage,
  ]);
  const whole = createMessageReader()(stream);
  const read = createMessageReader();
  const byBytes = [...stream].flatMap((byte) => read(Buffer.from([byte])));
  expect(byBytes).toEqual(whole);
  expect(whole.map((message) => (message.kind === 'message' ? message.type : message.kind))).toEqual([
    'startup',
    'Q',
    'P',
    'S',
  ]);
});

test('recognizes the requests before a startup packet', () => {
  const request = (code: number, more = 0) => {
    const bytes = Buffer.alloc(8 + more);
    bytes.writeUInt32BE(bytes.length, 0);
    bytes.writeUInt32BE(code, 4);
    return bytes;
  };
  const read = createMessageReader();
  expect(read(request(80877103))).toEqual([{ kind: 'encryption' }]);
  expect(read(request(80877104))).toEqual([{ kind: 'encryption' }]);
  expect(read(startupPacket())).toMatchObject([{ kind: 'startup' }]);
  expect(createMessageReader()(request(80877102, 8))).toEqual([{ kind: 'cancel' }]);
});

test('refuses bytes that are not a PostgreSQL message', () => {
  expect(() => createMessageReader()(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow('bytes');
});

test('renames prepared statements in every message that names one, and only named ones', () => {
  const rename = (name: string) => `c1_${name}`;
  const parse = renameStatement('P', parseMessage('find', 'SELECT 1'), rename);
  expect(statementIn('P', parse)).toBe('c1_find');
  expect(sqlIn('P', parse)).toBe('SELECT 1');
  expect(parse.readInt32BE(1)).toBe(parse.length - 1);
  expect(renameStatement('C', closeStatementMessage('find'), rename)).toEqual(closeStatementMessage('c1_find'));

  const bind = Buffer.from('B\0\0\0\0portal\0find\0rest', 'latin1');
  bind.writeInt32BE(bind.length - 1, 1);
  expect(renameStatement('B', bind, rename).toString('latin1', 5)).toBe('portal\0c1_find\0rest');

  expect(renameStatement('P', parseMessage('', 'SELECT 1'), rename)).toEqual(parseMessage('', 'SELECT 1'));
  expect(renameStatement('Q', queryMessage('SELECT 1'), rename)).toEqual(queryMessage('SELECT 1'));
});
