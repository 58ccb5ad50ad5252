import { defineConfig } from "vitest/config";

export default defineConfig({
  // Vite would give our files graphql's second copy (its ES modules) while packages get the one that Node gives them,
  // and graphql refuses to work with types of another copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    // The whole path text -> PNG runs the tiny bundle, so a single test may need seconds on two busy cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
