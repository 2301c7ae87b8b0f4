import { WordSearch } from "@v2l/components";
import type { LocalTokens } from "v2l/browser";

interface Props {
  readonly vocabulary: readonly string[];
  readonly tokens: LocalTokens;
  readonly cell: number;
  readonly onChoose: (id: number) => void;
}

/** Another piece of the vocabulary for the chosen cell. */
export function ChoosePiece({ vocabulary, tokens, cell, onChoose }: Props) {
  const row = Math.floor(cell / tokens.width) + 1;
  const column = (cell % tokens.width) + 1;
  return (
    <section aria-labelledby="pieces">
      <h2 id="pieces">
        Row {row}, column {column}: <q>{tokens.pieces[cell]}</q>
      </h2>
      <WordSearch
        vocabulary={vocabulary}
        // Most pieces of a vocabulary are in no picture.
        suggested={tokens.grid}
        label="Another piece"
        listLabel="Pieces"
        placeholder="of this picture, or search all"
        onChoose={onChoose}
      />
    </section>
  );
}
