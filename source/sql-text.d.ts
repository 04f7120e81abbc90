/** A .sql file imported as its text: the bundler's `text` loader and test/support/sql-text.ts both serve it so. */
declare module '*.sql' {
  const text: string;
  export default text;
}
