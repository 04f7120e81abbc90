type StringWidth = (text: string, options?: object) => number;

let stringWidth: StringWidth | undefined;

/** string-width, loaded when there is more to measure than ASCII: as it is loaded it compiles what is an emoji. */
module.exports = (text: string, options?: object): number => {
  if (/^[\u0020-\u007E]*$/.test(text)) return text.length;
  stringWidth ??= require('string-width').default as StringWidth;
  return stringWidth(text, options);
};
