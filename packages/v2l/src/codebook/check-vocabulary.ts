import { type LanguageModel, TOKEN_KINDS, vocabularyHash } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { Bundle } from "../bundle/bundle.js";
import { pieceText } from "./vocabulary.js";

/**
 * Checks that a model's token ids are the rows of a bundle's local codebook, as everything that gives
 * local tokens to a model needs it. A bundle tells by the hash in its manifest, else by its local
 * vocabulary: either the pieces themselves, or, as in official files, their decoded texts.
 * @throws V2LError VOCABULARY_MISMATCH with both sizes and hashes
 */
export async function checkVocabulary(bundle: Bundle, model: LanguageModel): Promise<void> {
  const { name, llm } = bundle.manifest;
  const { vocabulary } = await bundle.codebook("local");
  const hash = llm?.vocabularyHash ?? vocabularyHash(vocabulary);
  if (hash === model.info.vocabularyHash && vocabulary.length === model.info.vocabularySize) return;
  if (llm?.vocabularyHash === undefined && (await spellsOut(model, vocabulary))) return;
  const { id, vocabularySize, vocabularyHash: other } = model.info;
  const made = llm === null ? "" : `, made from ${llm.reference}`;
  const remedy = "Use the model whose vocabulary the bundle was made from";
  const what = `the vocabulary of ${vocabulary.length} tokens with hash ${hash} (bundle ${name}${made})`;
  const received = `${id} with ${vocabularySize} tokens and hash ${other}`;
  throw new V2LError("VOCABULARY_MISMATCH", expected(what, "model", received, remedy));
}

/** Whether texts are those of the model's pieces; control and byte tokens decode to nothing reliable. */
async function spellsOut(model: LanguageModel, texts: readonly string[]): Promise<boolean> {
  const { pieces, kinds } = await model.vocabulary();
  return (
    pieces.length === texts.length &&
    pieces.every((piece, id) => {
      if (kinds[id] !== TOKEN_KINDS.normal) return true;
      return pieceText(piece).replace(/^▁+$/, "") === (texts[id] as string).trim();
    })
  );
}
