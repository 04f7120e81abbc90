import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { sqlText } from '../../scripts/sql-text.ts';
import { dataFileName } from '../../source/demo/data-directory.ts';
import { type Demo, type DemoOptions, startDemo } from '../../source/demo/start-demo.ts';
import { builtProgram } from '../support/program.ts';

/** The demo's host thread, compiled for one test file, and a demo started from it before its tests. */
export function compiledDemo(options: Partial<DemoOptions> = {}) {
  let compiled: string;
  let sockets: string;
  let demo: Demo;

  beforeAll(async () => {
    // Inside node_modules, so that packages outside the bundle are found.
    const cache = join(import.meta.dirname, '../../node_modules/.cache');
    await mkdir(cache, { recursive: true });
    compiled = await mkdtemp(join(cache, 'demo-test-'));
    sockets = await mkdtemp(join(tmpdir(), 'demo-test-'));
    await build({
      entryPoints: ['host', 'start-demo'].map((name) => join(import.meta.dirname, `../../source/demo/${name}.ts`)),
      outdir: compiled,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@electric-sql/*'],
      plugins: [sqlText],
    });
    // Creating a data directory takes three seconds at each start.
    await copyFile(join(dirname(await builtProgram()), dataFileName()), join(compiled, dataFileName()));
    demo = await start('host.mjs', options);
  });

  afterAll(async () => {
    await demo?.stop();
    await rm(compiled, { recursive: true, force: true });
    await rm(sockets, { recursive: true, force: true });
  });

  function start(host: string, more: Partial<DemoOptions> = {}): Promise<Demo> {
    const hostUrl = pathToFileURL(join(compiled, host));
    return startDemo({ onProgress: () => {}, hostUrl, directory: sockets, ...more });
  }

  return {
    /** Where the compiled files are, and where the sockets are made. */
    folders: () => ({ compiled, sockets }),
    demo: () => demo,
    start,
    async connect(): Promise<pg.Client> {
      const client = new pg.Client(demo.connection);
      client.on('error', () => {});
      await client.connect();
      return client;
    },
  };
}

/** The first field of the first row. */
export async function value(client: pg.Client, sql: string): Promise<unknown> {
  return Object.values((await client.query(sql)).rows[0] ?? {})[0];
}
