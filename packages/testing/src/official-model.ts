/** The tokenizer of the conformance data (conformance/README.md, section 1). */
export const OFFICIAL_TOKENIZER = {
  resolution: 128,
  ch: 32,
  chMult: [1, 1, 2, 2],
  numResBlocks: 1,
  attnResolutions: [16],
  zChannels: 64,
  embedDim: 768,
  normGroups: 32,
} as const;

/** Its CLIP; the official checkpoint has no text half. */
export const OFFICIAL_CLIP = {
  embedDim: 768,
  vision: { imageSize: 224, patchSize: 32, width: 64, layers: 2, heads: 2 },
  text: null,
} as const;
