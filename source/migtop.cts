// The entry point. Any Node version has to parse it to print the version error: no syntax that is newer than the oldest
// Node with import(), and no import before the check.

// By default Node opens a debugger port on this signal and writes about it over the screen. The listener has to exist before
// anything else is loaded.
process.on('SIGUSR1', function ignore() {});

const version = process.versions.node.split('.').map(Number);
const major = version[0] || 0;
if (major < 22 || (major === 22 && (version[1] || 0) < 12)) {
  const own = ownNode();
  const remedy =
    own === null
      ? 'Install a newer one (nodejs.org, or: nvm install 22), or use the single executable of migtop, which needs no Node.'
      : `A newer one is installed with migtop: run npx migtop, or ${own} ${__filename}.`;
  process.stderr.write(
    `migtop requires Node 22.12 or newer; this is Node ${process.versions.node} (${process.execPath}). ${remedy}\n`,
  );
  process.exit(1);
} else {
  const nodeModule: typeof import('node:module') = require('node:module');
  // The compiled bundle is reused on the next start.
  const folder = cacheFolder();
  if (nodeModule.enableCompileCache && folder !== null) nodeModule.enableCompileCache(folder);
  // As `node --no-experimental-fetch`: migtop sends no HTTP requests, and Yoga would use Node's HTTP client to decode a constant.
  Reflect.deleteProperty(globalThis, 'fetch');
  import('./cli.js');
}

/** The Node that npm installed with the dependencies of this package; null without one. */
function ownNode(): string | null {
  // biome-ignore lint/style/useNodejsImportProtocol: Node before 14.18 does not know the protocol.
  const fs: typeof import('node:fs') = require('fs');
  // biome-ignore lint/style/useNodejsImportProtocol: Node before 14.18 does not know the protocol.
  const path: typeof import('node:path') = require('path');
  const folders = [path.join(__dirname, '..', 'node_modules'), path.join(__dirname, '..', '..')];
  return folders.map((folder) => path.join(folder, '.bin', 'node')).find((file) => fs.existsSync(file)) || null;
}

/** A directory that only this user can write to: the cache contains code, and other users could write to Node's shared default. */
function cacheFolder(): string | null {
  const os: typeof import('node:os') = require('node:os');
  const path: typeof import('node:path') = require('node:path');
  try {
    return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'migtop');
  } catch (_) {
    // A user id without a passwd entry has no home directory.
    return null;
  }
}
