export { temporaryFolder } from "@v2l/testing";
