import { createHash } from 'node:crypto';
import type { Target } from '../database/target.ts';
import { hostName } from '../presentation/target-document.ts';
import type { CopyPart } from './copy-part.ts';

type Named = Pick<Target, 'host' | 'database' | 'identity'>;

/**
 * The name of the file with the copy of an operation: `operation-10-db1-dispatch-3f2a.md`. It names the server and the database, and
 * its last four characters the table, so that another table's operation with this id has a separate file.
 */
export function operationFile(id: number, part: CopyPart, target: Named): string {
  const of = part === 'whole' ? '' : `-${part}`;
  return `operation-${id}${of}-${placeOf(target)}.${part === 'whole' ? 'md' : 'txt'}`;
}

/**
 * The name of the file with a kind of failure: letters, digits and hyphens, whatever its errors say. The same kind of the same table
 * has the same file. It is short, so that a message in 80 columns has room for its folder too; the file names the server and the database.
 */
export function kindFile(kind: string, { identity }: Pick<Named, 'identity'>): string {
  return `${['failures', wordsOf(kind, 12), digest(JSON.stringify([kind, identity]), 6)].filter(Boolean).join('-')}.md`;
}

function placeOf({ host, database, identity }: Named): string {
  const isAddress = /^[0-9.]+$|:/.test(host);
  const server = hostName(isAddress ? host : host.replace(/(?<=.)\..*/, ''));
  const words = [wordsOf(server, isAddress ? 15 : 8), wordsOf(database, 12)];
  return [...words, digest(JSON.stringify(identity), 4)].filter(Boolean).join('-');
}

function wordsOf(words: string, longest: number): string {
  return words
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-/, '')
    .slice(0, longest)
    .replace(/-$/, '');
}

function digest(from: string, length: number): string {
  return createHash('sha256').update(from).digest('hex').slice(0, length);
}
