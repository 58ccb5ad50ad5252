import { defineConfig } from "vitest/config";

/** Tests that need moto's server, which test/support/aws/moto.ts finds and starts. */
const AWS = "test/**/aws/**/*.test.ts";

/** Tests that build, pack and install the packages, which takes minutes: npm run test:package. */
const PACKAGE = "test/package/**/*.test.ts";

/** Tests that install the clients of other authors from npm and PyPI: npm run test:clients. */
const CLIENTS = "test/clients/**/*.test.ts";

/** Tests that build the worker image with buildah, as root: npm run test:image. */
const IMAGE = "test/image/**/*.test.ts";

export default defineConfig({
  // Vite would give our files graphql's second copy (its ES modules) while packages get the one that Node gives them,
  // and graphql refuses to work with types of another copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    // The whole path text -> PNG runs the tiny bundle, so a single test may need seconds on two busy cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [AWS, PACKAGE, CLIENTS, IMAGE] },
      },
      { extends: true, test: { name: "package", include: [PACKAGE], testTimeout: 120_000 } },
      { extends: true, test: { name: "clients", include: [CLIENTS], testTimeout: 600_000, hookTimeout: 600_000 } },
      {
        extends: true,
        test: { name: "image", include: [IMAGE], testTimeout: 900_000, globalSetup: ["test/support/aws/moto.ts"] },
      },
      {
        extends: true,
        test: {
          name: "aws",
          include: [AWS],
          globalSetup: ["test/support/aws/moto.ts"],
          // The SDK would warn in every process that its next releases require Node 22.
          env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
        },
      },
    ],
  },
});
