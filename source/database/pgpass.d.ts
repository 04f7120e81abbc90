declare module 'pgpass/lib/helper.js' {
  import type { Stats } from 'node:fs';
  import type { Readable } from 'node:stream';

  const helper: {
    /** PGPASSFILE of this process, else ~/.pgpass or what stands for it on Windows. */
    getFileName(): string;
    /** Whether the file may be used; where it may be read by others it warns on stderr. */
    usePgPass(stats: Stats, path: string): boolean;
    /** Finds the password of the first line that fits; undefined where none does. */
    getPassword(
      connection: { host: string; port: number; user: string; database: string },
      file: Readable,
      found: (password: string | undefined) => void,
    ): void;
  };
  export default helper;
}
