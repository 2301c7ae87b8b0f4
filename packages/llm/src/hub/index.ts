export { type Checksum, sha256OfFile } from "./checksum.js";
export type { DownloadProgress } from "./download.js";
export { checkFreeSpace } from "./free-space.js";
export {
  type HubFileInfo,
  type HubOptions,
  hubFile,
  hubFileInfo,
  hubFilePath,
} from "./hub-file.js";
