export { formatText } from "./format.ts";
export {
  listFiles,
  readPackages,
  workspaceRoot,
  type Manifest,
  type PackageGroup,
  type WorkspacePackage,
} from "./packages.ts";
