import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their sources, so tests need no build (process suites run `dist`). */
const conditions = ["@selvage/source"];
const below = "{packages,apps,tooling}/*/test/**/*";

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
          include: [`${below}.test.ts`],
          exclude: [`${below}.{integration,udp,process,fuzz}.test.ts`],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: [`${below}.integration.test.ts`],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "udp",
          include: [`${below}.{udp,process}.test.ts`],
          testTimeout: 60_000,
          // Real sockets and real time: alone on the machine, after everything else.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
