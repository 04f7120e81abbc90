import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtProgram, plainEnvironment } from '../support/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** A project that has the package installed. */
let project: string;
let migtop: string;

beforeAll(async () => {
  migtop = dirname(dirname(await builtProgram()));
  project = await mkdtemp(join(tmpdir(), 'migtop-consumer-'));
  await mkdir(join(project, 'node_modules/@types'), { recursive: true });
  await symlink(migtop, join(project, 'node_modules/migtop'));
  await symlink(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  await symlink(join(root, 'node_modules/undici-types'), join(project, 'node_modules/undici-types'));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** The output of a consumer's compiler for a file. */
async function compile(text: string): Promise<string> {
  await writeFile(join(project, 'consumer.ts'), text);
  const options =
    '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --module NodeNext --types node --pretty false';
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = run(process.execPath, [tsc, ...options.split(' '), 'consumer.ts'], { cwd: project });
  return (await result.catch((error: { stdout: string }) => error)).stdout;
}

it('is one module without imports, not even of pg or Node', async () => {
  const text = await readFile(join(migtop, 'dist/worker.js'), 'utf8');
  expect(text.match(/^\s*import\b.*|\brequire\(.*|\bimport\(.*/gm)).toBeNull();
  expect(text).not.toContain('node_modules');
});

it('is found by its name, with all its exports', async () => {
  const script = "console.log(Object.keys(await import('migtop/worker')).join())";
  await writeFile(join(project, 'consumer.js'), script);
  const { stdout } = await run(process.execPath, ['consumer.js'], { cwd: project, env: plainEnvironment() });
  expect(stdout.trim().split(',').sort()).toEqual([
    'AmbiguousCheckpointError',
    'ControlTableError',
    'OperationGoneError',
    'OperationTakenError',
    'TransitionError',
    'clientTransaction',
    'createMigrationControl',
    'poolTransaction',
  ]);
});

it('has types that a consumer’s compiler resolves and checks', async () => {
  const head = `
    import { createMigrationControl, type Operation, type Queryable, type RunOutcome } from 'migtop/worker';
    declare const db: Queryable;
    const control = createMigrationControl(db, { workerId: 1 });`;
  const right = `${head}
    export const claimed: Promise<Operation | null> = control.claimNext({ phase: 'execution' });
    export const outcome: Promise<RunOutcome> = control.runBatches({
      start: { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 500 },
      signal: new AbortController().signal,
      migrateBatch: async ({ offset, limit }) => offset + limit,
    });`;
  expect(await compile(right)).toBe('');
  const wrong = `${head}
    export const typo = control.claimNext({ phase: 'exec' });
    export const any = control.nonsense;`;
  const errors = await compile(wrong);
  expect(errors).toContain(`Type '"exec"' is not assignable`);
  expect(errors).toContain(`Property 'nonsense' does not exist`);
});
