/** Whether the process id is that of a prepared transaction: PostgreSQL shows 0, because it has no process. */
export const isPrepared = (pid: number): boolean => pid === 0;

/** A process that holds a lock, in words: `pid 17391 psql`, `pid 17391`, `a prepared transaction`. @param name its program or worker; '' if unknown */
export function lockHolder(pid: number, name = ''): string {
  if (isPrepared(pid)) return 'a prepared transaction';
  return name === '' ? `pid ${pid}` : `pid ${pid} ${name}`;
}
