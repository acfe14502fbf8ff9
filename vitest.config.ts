import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Seconds are enough, but not beside other work on a small machine: a limit is there for what never ends.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // Twice the cores it is made for: most tests wait for processes, and two at a time leave a third of the time idle.
    maxWorkers: 4,
    // No module does work at import or keeps state, so files may share a worker: each import is then paid twice, not
    // once a file, which was half of the time of the light ones.
    isolate: false,
  },
})
