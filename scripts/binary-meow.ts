import meow from 'meow';
import packageJson from '../package.json' with { type: 'json' };

/** meow for the single executable, which has no package.json beside it. */
export default function packaged(options: Parameters<typeof meow>[0]): ReturnType<typeof meow> {
  const { name, version, description } = packageJson;
  return meow({ ...options, pkg: { name, version, description } });
}
