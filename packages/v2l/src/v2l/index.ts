export type { BatchOptions } from "./batches.js";
export type { Reconstruction } from "./codec.js";
export { demoBundlePath, requireDemoBundle } from "./demo-bundle.js";
export { loadInput } from "./load-input.js";
export {
  type LocatedWords,
  PLACES,
  type Place,
  type PlacedThing,
  placedTexts,
} from "./places.js";
export * from "./tokens.js";
export * from "./tokens-json.js";
export * from "./v2l.js";
export type { NearestWordsOptions, Neighbour } from "./word-search.js";
