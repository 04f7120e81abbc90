import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServerVersion, serverOwner, serverPrograms } from './postgres-programs.ts';

export interface PostgresProcessOptions {
  readonly version: ServerVersion;
  /** An empty folder, or one with the data of an earlier server. */
  readonly databaseDir: string;
  readonly port: number;
  /** The superuser and its password. */
  readonly user: string;
  readonly password: string;
  readonly initdbFlags: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLog: (message: string) => void;
}

/** A PostgreSQL server as a child of this process. The caller has to stop it. */
export class PostgresProcess {
  readonly #options: PostgresProcessOptions;
  #process: ChildProcess | undefined;

  constructor(options: PostgresProcessOptions) {
    this.#options = options;
  }

  /** Runs initdb. @throws {Error} with its exit code; what it said went to `onLog` */
  async initialise(): Promise<void> {
    const { databaseDir, user, password, initdbFlags } = this.#options;
    const passwordFile = `${databaseDir}.password`;
    const owner = serverOwner();
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (owner !== null) for (const path of [databaseDir, passwordFile]) chownSync(path, owner.uid, owner.gid);
    const flags = [`--pgdata=${databaseDir}`, '--auth=password', `--username=${user}`, `--pwfile=${passwordFile}`];
    try {
      const child = this.#spawn('initdb', [...flags, ...initdbFlags]);
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`initdb ended with ${code}`);
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  /** Resolves when the server takes connections. @throws {Error} where it ends before */
  async start(): Promise<void> {
    const { databaseDir, port, settings } = this.#options;
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = this.#spawn('postgres', ['-D', databaseDir, '-p', String(port), ...flags]);
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('ready to accept connections')) resolve();
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error('PostgreSQL ended')));
    });
  }

  /** Cuts every connection and shuts the server down. No-op where it does not run. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'exit');
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const { version, databaseDir, env, onLog } = this.#options;
    const child = spawn(join(serverPrograms(version), program), args, {
      ...serverOwner(),
      // The owner may not be able to enter the current folder of this process.
      cwd: databaseDir,
      env: { ...process.env, LC_MESSAGES: 'C', ...env },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => onLog(chunk.toString()));
    return child;
  }
}
