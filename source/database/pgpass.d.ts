declare module 'pgpass' {
  /** Looks a password up in the password file (`PGPASSFILE` or ~/.pgpass); undefined where no line fits. */
  export default function pgpass(
    connection: { host: string; port: number; user: string; database: string },
    found: (password: string | undefined) => void,
  ): void;
}
