import { clipMarkers, clipTextIds, loadTextTokenizer } from "v2l";
import { demoVocabulary, toTokenizerJson } from "../world/index.js";
import type { EncodeText } from "./batch.js";

/** Encodes texts with the demo's vocabulary for a text tower of this size. */
export function demoTextEncoder(vocabSize: number, contextLength: number): EncodeText {
  const tokenizer = loadTextTokenizer(toTokenizerJson(demoVocabulary()));
  const markers = clipMarkers(vocabSize);
  return (text) => clipTextIds(tokenizer.encode(text), contextLength, markers);
}
