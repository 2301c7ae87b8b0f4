import { useMemo, useState } from "preact/hooks";
import type { LocalTokens } from "v2l/browser";

/** How many pieces are listed at once. */
const LISTED = 40;

interface Props {
  readonly vocabulary: readonly string[];
  readonly tokens: LocalTokens;
  readonly cell: number;
  readonly onChoose: (id: number) => void;
}

/** Another piece of the vocabulary for the chosen cell. */
export function ChoosePiece({ vocabulary, tokens, cell, onChoose }: Props) {
  const [query, setQuery] = useState("");
  const found = useMemo(() => {
    const wanted = query.trim().toLowerCase();
    // Without a query, the pieces of the picture: most of a vocabulary is in no picture.
    const ids = wanted === "" ? new Set(tokens.grid) : vocabulary.keys();
    const matching: number[] = [];
    for (const id of ids) {
      if (!vocabulary[id]?.toLowerCase().includes(wanted)) continue;
      matching.push(id);
      if (matching.length === LISTED) break;
    }
    return matching;
  }, [query, tokens, vocabulary]);
  const row = Math.floor(cell / tokens.width) + 1;
  const column = (cell % tokens.width) + 1;
  return (
    <section class="pieces" aria-labelledby="pieces">
      <h2 id="pieces">
        Row {row}, column {column}: <q>{tokens.pieces[cell]}</q>
      </h2>
      <label>
        Another piece{" "}
        <input
          type="search"
          value={query}
          placeholder="of this picture, or search all"
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
      </label>
      <ul aria-label="Pieces">
        {found.map((id) => (
          <li key={id}>
            <button type="button" onClick={() => onChoose(id)}>
              {vocabulary[id]}
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p>No piece has these letters.</p>}
    </section>
  );
}
