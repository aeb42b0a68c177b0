import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their sources, so tests need no build (process suites run `dist`). */
const conditions = ["@selvage/source"];
const test = "{packages,apps,tooling}/*/test/**/*";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [`${test}.test.ts`],
          exclude: [`${test}.{integration,udp,process}.test.ts`],
        },
      },
      {
        extends: true,
        test: { name: "integration", include: [`${test}.integration.test.ts`], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: { name: "udp", include: [`${test}.{udp,process}.test.ts`], testTimeout: 60_000 },
      },
    ],
  },
});
