/**
 * Whether text may be written in UTF-8: where the locale names no other character set (LC_ALL before LC_CTYPE before LANG,
 * as the C library has it). A process without a locale, as in a container, is taken to have a terminal of today.
 */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
