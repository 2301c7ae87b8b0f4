// Trains the demo's vocabulary and writes assets/demo-tokenizer.model (about 20 seconds).
// Needs `apt-get install sentencepiece wordnet-base` and a build (`npx tsc -b`).
// The shipped file: SentencePiece 0.1.97, WordNet 3.0 (Debian 12), emojibase-data 17.
import { existsSync, writeFileSync } from "node:fs";
import { corpusLines, trainVocabulary, WORDNET_FOLDER } from "../dist/src/index.js";

if (!existsSync(WORDNET_FOLDER)) {
  console.error(`Expected WordNet at ${WORDNET_FOLDER}. Install it: apt-get install wordnet-base`);
  process.exit(1);
}
const file = new URL("../assets/demo-tokenizer.model", import.meta.url);
writeFileSync(file, trainVocabulary(corpusLines({ wordnet: WORDNET_FOLDER })));
console.log(`wrote ${file.pathname}`);
