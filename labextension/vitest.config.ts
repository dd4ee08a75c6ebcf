import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    // Each file has a context of its own, as in a process of its own, in a third of the time.
    pool: 'vmThreads',
    testTimeout: 30_000, // a busy machine is no fault
    include: ['test/**/*.test.{ts,tsx}', 'src/**/*.test.{ts,tsx}'],
    setupFiles: ['test/setup.ts'],
    // Said by web components and by Yjs while a cell is being made; no matter.
    onConsoleLog: log => !/Clipboard API not|Invalid access: Add Yjs/.test(log),
    // JupyterLab's packages are modules that Node would take for scripts.
    server: { deps: { inline: [/@jupyter/, /@lumino/] } }
  }
});
