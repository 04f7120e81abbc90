/** Texts of characters that take one column each and never join another: ASCII, Latin letters, arrows, bars, the glyphs of migtop. */
export const singles =
  /^[\u0020-\u007E\u00A1-\u00A8\u00AA-\u00AC\u00AF-\u02FF\u2010-\u2027\u2190-\u22FF\u2500-\u25FC\u2713\u2717]*$/;
