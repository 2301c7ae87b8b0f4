import { WordSearch } from "@v2l/components";
import type { ApiClient } from "../../api/client.js";
import type { ShownWord } from "../../state/edit.js";
import { useNeighbours } from "../../state/use-neighbours.js";

interface Props {
  readonly api: ApiClient;
  readonly word: ShownWord;
  readonly vocabulary: readonly string[];
  readonly onChoose: (id: number) => void;
}

const SUGGESTED = 12;

/** Another global word in the place of one. */
export function SwapWord({ api, word, vocabulary, onChoose }: Props) {
  const neighbours = useNeighbours(api, "global", word.id, SUGGESTED) ?? [];
  return (
    <div class="swap">
      <WordSearch
        vocabulary={vocabulary}
        suggested={neighbours.map(({ id }) => id)}
        label={`Instead of ${word.word}`}
        listLabel="Global words"
        placeholder="similar ones, or type to search all"
        onChoose={onChoose}
      />
    </div>
  );
}
