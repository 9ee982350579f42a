import { env } from 'node:process';
import fc from 'fast-check';
import { isLong } from './long.ts';

/**
 * The seed of every property that names none: fixed, so that a run can be repeated and a change is what makes it fail.
 * `PROPERTY_SEED=7 npm test` tries other values, and the long form of the tests others each time.
 */
fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  seed: Number(env['PROPERTY_SEED'] ?? (isLong ? Date.now() % 2 ** 31 : 20_261_201)),
});
