import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../node_modules/.cache/promtool', import.meta.url));

/**
 * promtool: the one that is installed, or the one of Debian's package `prometheus`, which is unpacked and not installed, so that no
 * service is started. No root is needed for that. Where neither can be had, it says why.
 */
export async function promtool(): Promise<{ readonly path: string } | { readonly missing: string }> {
  for (const path of ['/usr/bin/promtool', '/usr/local/bin/promtool', join(cache, 'usr/bin/promtool')])
    if (existsSync(path)) return { path };
  try {
    await mkdir(cache, { recursive: true });
    await download().catch(async () => download(await ownLists()));
    const archive = (await readdir(cache)).find((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', archive ?? '', '.'], { cwd: cache });
    return { path: join(cache, 'usr/bin/promtool') };
  } catch (error) {
    return { missing: error instanceof Error ? error.message.trim() : String(error) };
  }
}

async function download(options: readonly string[] = []): Promise<void> {
  await run('apt-get', [...options, 'download', 'prometheus'], { cwd: cache, timeout: 90_000 });
}

/** The lists of packages in a folder of this checkout, for a machine on which nobody has fetched them. Returns the options that use it. */
async function ownLists(): Promise<readonly string[]> {
  const lists = join(cache, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  await run('apt-get', [...options, 'update'], { timeout: 180_000 });
  return options;
}
