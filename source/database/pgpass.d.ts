declare module 'pgpass/lib/helper.js' {
  import type { Stats } from 'node:fs';
  import type { Readable } from 'node:stream';

  const helper: {
    /** PGPASSFILE of this process, else ~/.pgpass or what stands for it on Windows. */
    getFileName(): string;
    /** Whether the file may be used; where it may be read by others it warns. */
    usePgPass(stats: Stats, path: string): boolean;
    /** Where warnings go; nowhere with null. */
    warnTo(stream: NodeJS.WritableStream | null): unknown;
    /** Finds the password of the first line that fits; undefined where none does. */
    getPassword(
      connection: { host: string; port: number; user: string; database: string },
      file: Readable,
      found: (password: string | undefined) => void,
    ): void;
  };
  export default helper;
}
