// What the operating system starts. It must parse on any Node, however old, to be able to say what is missing;
// so: no syntax younger than the oldest Node that has import(), and nothing imported before the check.

// Node would open a debugger for whoever sends this signal, and say so over the screen. A listener takes its place, and is
// to be there before anything else is loaded.
process.on('SIGUSR1', function ignore() {});

const version = process.versions.node.split('.').map(Number);
const major = version[0] || 0;
if (major < 22 || (major === 22 && (version[1] || 0) < 12)) {
  process.stderr.write(
    `migtop needs Node 22.12 or newer, and this is Node ${process.versions.node}. Install a newer one, or start it with npx, which brings its own.\n`,
  );
  process.exit(1);
} else {
  const nodeModule: typeof import('node:module') = require('node:module');
  // A compiled bundle is read back on the next start instead of being parsed again.
  const folder = cacheFolder();
  if (nodeModule.enableCompileCache && folder !== null) nodeModule.enableCompileCache(folder);
  import('./cli.js');
}

/** A folder of this user alone: what is read back is code, and in the shared one of Node's own anybody could lay it. */
function cacheFolder(): string | null {
  const os: typeof import('node:os') = require('node:os');
  const path: typeof import('node:path') = require('node:path');
  try {
    return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'migtop');
  } catch (_) {
    // A user without a name has no home.
    return null;
  }
}
