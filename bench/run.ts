// `npm run bench`: see `--help`.
import './sql-modules.ts';

const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
