import { defineConfig } from 'vitest/config';

// No limit here is an expectation: a machine that is four times slower, or busy, passes as well.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/postgresql-on-demand.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    // Two cores are the smallest machine we promise to work on; more workers only make timings worse there.
    maxWorkers: 2,
    // A worker runs file after file and loads each module once, which is half of the time of most files. So a test puts
    // back what it changes in its process, and `src/` keeps no state in modules.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
