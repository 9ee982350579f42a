import { env } from 'node:process';
import fc from 'fast-check';

/**
 * The seed of every property that names none: fixed, so that a run can be repeated and a change is what makes it fail.
 * `PROPERTY_SEED=7 npm test` tries other values; CONTRIBUTING.md says when.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(env.PROPERTY_SEED ?? 20_261_201) });
