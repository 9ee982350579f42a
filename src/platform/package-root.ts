/**
 * The folder of this package, ending with a slash. It is resolved by the package's own name, so that it is the same from
 * `src/`, from `dist/src/` and where the package is installed.
 */
export const packageRoot = new URL('./', import.meta.resolve('pipeline-trigger/package.json'));
