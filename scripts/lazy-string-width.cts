let stringWidth: ((text: string, options?: object) => number) | undefined;

/** string-width, loaded when something is to be measured: as it is loaded it compiles what is an emoji. */
module.exports = (text: string, options?: object): number => {
  stringWidth ??= require('string-width').default as (text: string, options?: object) => number;
  return stringWidth(text, options);
};
