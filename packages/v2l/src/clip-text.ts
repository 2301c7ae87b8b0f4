import { expected, V2LError } from "@v2l/nn";

/** The ids that open and close a text for CLIP's text tower. */
export interface ClipMarkers {
  readonly bos: number;
  readonly eot: number;
}

/** OpenAI's byte pair vocabulary of 49,408 entries. */
export const OPENAI_MARKERS: ClipMarkers = { bos: 49406, eot: 49407 };

/**
 * A LLaMA-style vocabulary of `pieces` entries: `<s>` opens, and one id beyond the vocabulary
 * closes. The text tower then has `vocabSize = pieces + 1` (4097 in the demo). `</s>` cannot close:
 * OpenAI's tower reads its result where the id is highest (argmax), so that the end must be.
 */
export function llamaMarkers(pieces: number): ClipMarkers {
  return { bos: 1, eot: pieces };
}

/** The markers that a text tower's vocabulary size stands for: OpenAI's, or LLaMA-style. */
export function clipMarkers(vocabSize: number): ClipMarkers {
  return vocabSize === OPENAI_MARKERS.eot + 1 ? OPENAI_MARKERS : llamaMarkers(vocabSize - 1);
}

/**
 * The input row of CLIP's text tower: bos, the text's ids, eot, then zeros. A text that is too long
 * loses its end, as with OpenAI's `tokenize(truncate=True)`.
 * @param ids the text's ids without any marker, each below the markers' eot
 * @param contextLength length of the row, at least 2 (77 for OpenAI's models)
 * @throws V2LError INVALID_ARGUMENT for an id that is not a piece: it would move the end.
 */
export function clipTextIds(
  ids: readonly number[],
  contextLength: number,
  { bos, eot }: ClipMarkers,
): number[] {
  const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < eot && id !== bos));
  if (wrong !== undefined) {
    throw new V2LError("INVALID_ARGUMENT", expected(`piece ids below ${eot}`, "ids", wrong));
  }
  if (!(Number.isInteger(contextLength) && contextLength >= 2)) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("an integer of at least 2", "contextLength", contextLength),
    );
  }
  const row = [bos, ...ids.slice(0, contextLength - 2), eot];
  return [...row, ...new Array<number>(contextLength - row.length).fill(0)];
}
