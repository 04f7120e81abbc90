/**
 * Whether text may be written in UTF-8: if the locale names no other character set (LC_ALL before LC_CTYPE before LANG,
 * as in the C library). A process without a locale, as in a container, is assumed to have a UTF-8 terminal.
 */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
