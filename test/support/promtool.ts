import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../node_modules/.cache/promtool', import.meta.url));

/**
 * The path of promtool: the one that is installed, or the one of Debian's package `prometheus`, which is unpacked and not
 * installed, so that no service is started. Null where neither can be had.
 */
export async function promtool(): Promise<string | null> {
  for (const path of ['/usr/bin/promtool', '/usr/local/bin/promtool', join(cache, 'usr/bin/promtool')])
    if (existsSync(path)) return path;
  try {
    await mkdir(cache, { recursive: true });
    await run('apt-get', ['download', 'prometheus'], { cwd: cache, timeout: 90_000 });
    const archive = (await readdir(cache)).find((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', archive ?? '', '.'], { cwd: cache });
    return join(cache, 'usr/bin/promtool');
  } catch {
    return null;
  }
}
