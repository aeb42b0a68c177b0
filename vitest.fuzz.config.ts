import { defineConfig } from "vitest/config";

const conditions = ["@selvage/source"];

/** What takes minutes, and is therefore not among what `pnpm test` runs: `pnpm fuzz`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{packages,apps,tooling}/*/test/**/*.fuzz.test.ts"],
    testTimeout: 3_600_000,
  },
});
