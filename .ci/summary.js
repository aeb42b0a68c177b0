// Prints one plain line from vitest's JSON report, for readers that do not know vitest.
import { readFileSync } from "node:fs";

const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
  readFileSync(process.argv[2], "utf8") || '{"testResults":[{"status":"failed"}]}',
);
// A file that does not even load has failed without a failed test in it.
const broken = testResults.filter(
  ({ status, assertionResults = [] }) =>
    status === "failed" && !assertionResults.some((result) => result.status === "failed"),
);
const skipped = numPendingTests ? `, ${numPendingTests} skipped` : "";
console.log(
  `${numPassedTests ?? 0} passed, ${(numFailedTests ?? 0) + broken.length} failed${skipped}`,
);
