import { optionLines } from './flags.ts';

/** The text of `migtop --help`. */
export const helpText = `
  Usage
    $ migtop [CONNECTION]            watch a migration, live
    $ migtop demo                    watch a simulated migration in an embedded PostgreSQL
    $ migtop status [CONNECTION]     one report as text, or as JSON with --json
    $ migtop show ID [CONNECTION]    everything about one operation, or as JSON with --json
    $ migtop handoff ID [CONNECTION] the same as Markdown, for a ticket or a colleague
    $ migtop pause|resume|skip|retry ID… [CONNECTION]
                                     the same as the keys p, r, s and R; --where FILTER instead of ids
    $ migtop init [CONNECTION]       print the SQL that creates migration_control; --apply runs it

  CONNECTION is a URL (postgres://user@host/database), a "key=value …" string or a database name, as in psql.
  Without it, migtop uses DATABASE_URL and the PG* variables.

  Options
${optionLines()}

  Exit codes
    0 done   1 failed   2 wrong arguments   3 unreachable   4 access denied   5 no such table, or unsuitable
    6 missing privilege
`;
