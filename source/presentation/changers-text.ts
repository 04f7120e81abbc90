import { count } from './figures.ts';

const mostNamed = 3;

/**
 * The workers and operators who changed operations, each once: `worker 3`, `workers 3 and 7`, `worker 3 and ops2`; of more than
 * three only how many they are. Null if not all are known: then they cannot be named.
 *
 * @param changers who changed each operation; undefined or null if unknown
 */
export function changersText(changers: readonly (string | null | undefined)[]): string | null {
  const names = [...new Set(changers)].filter((name) => name != null);
  if (names.length === 0 || changers.some((name) => name == null)) return null;
  const workers = names.flatMap((name) => /^worker (\d+)$/.exec(name)?.[1] ?? []).sort((a, b) => Number(a) - Number(b));
  const others = names.filter((name) => !/^worker \d+$/.test(name));
  if (names.length > mostNamed) {
    const parts = [
      ...(workers.length > 0 ? [many(workers.length, 'worker')] : []),
      ...(others.length > 0 ? [many(others.length, 'operator')] : []),
    ];
    return parts.join(' and ');
  }
  const named = workers.length === 0 ? [] : [`${workers.length === 1 ? 'worker' : 'workers'} ${listed(workers)}`];
  return listed([...named, ...others]);
}

function many(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
