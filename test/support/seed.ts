import fc from 'fast-check';

/** Every run of the tests tries the same random cases. `MIGTOP_SEED` gives others; a test that fails prints its own seed. */
const { MIGTOP_SEED: given } = process.env;

fc.configureGlobal({ seed: given === undefined ? 20_261_130 : Number(given) });
