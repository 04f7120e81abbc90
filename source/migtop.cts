// What the operating system starts. It must parse on any Node, however old, to be able to say what is missing;
// so: no syntax younger than the oldest Node that has import(), and nothing imported before the check.
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
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  import('./cli.js');
}
