/**
 * Keeps one vitest alive in the folder it is started in, so that no run pays for its start. Speaks with `tester.ts`
 * through messages: `write` replaces a source file, `run` runs one test file.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestSpecification } from 'vitest/node';
import { createVitest } from 'vitest/node';
import { buildFile } from '../../test/support/build.ts';

export type ToServer =
  | { readonly kind: 'write'; readonly file: string; readonly text: string }
  | { readonly kind: 'run'; readonly test: string };
export type FromServer = { readonly kind: 'done'; readonly passed: boolean; readonly failure: string };

const here = process.cwd();
const done: FromServer = { kind: 'done', passed: true, failure: '' };

const vitest = await createVitest(
  'test',
  // A test whose mutant hangs is ended by the tester, which knows how long the test takes.
  {
    watch: false,
    root: here,
    bail: 1,
    maxWorkers: 1,
    // A worker that has loaded a module would go on with the code before the change.
    isolate: true,
    reporters: [{}],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
);
await vitest.standalone();
const specifications = new Map<string, TestSpecification>(
  (await vitest.globTestSpecifications()).map((specification) => [
    path.relative(here, specification.moduleId),
    specification,
  ]),
);

function write(file: string, text: string): void {
  const target = path.join(here, file);
  if (readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  vitest.invalidateFile(target);
  // Known as soon as a test has run.
  const { built } = vitest.getRootProject().getProvidedContext() as { built?: string };
  if (built !== undefined && existsSync(built)) buildFile(file, built);
}

async function run(test: string): Promise<FromServer> {
  const specification = specifications.get(test);
  if (specification === undefined) return { kind: 'done', passed: false, failure: 'no such test file' };
  // What has failed before would count as a failure of this run, and end it by `bail`.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
  const [module] = testModules;
  if (module?.state() === 'passed' && unhandledErrors.length === 0) return done;
  const [failedTest] = module?.children.allTests('failed') ?? [];
  return { kind: 'done', passed: false, failure: failedTest?.fullName ?? 'an error outside of the tests' };
}

async function answer(message: ToServer): Promise<FromServer> {
  if (message.kind === 'run') return run(message.test);
  write(message.file, message.text);
  return done;
}

process.on('message', (message: ToServer) => {
  void answer(message).then((answered) => process.send?.(answered));
});
process.once('disconnect', () => process.exit());
process.send?.(done);
