import { WordSearch } from "@v2l/components";
import type { Tokens } from "@v2l/server";
import type { ApiClient } from "../../api/client.js";
import { useNeighbours } from "../../state/use-neighbours.js";
import type { Mode } from "./stage-tools.js";

interface Props {
  readonly api: ApiClient;
  readonly vocabulary: readonly string[];
  readonly tokens: Tokens;
  readonly grid: readonly number[];
  readonly cell: number;
  readonly mode: Mode;
  readonly onChoose: (id: number) => void;
}

const SHOWN = 12;

/** The selected cell's piece, and others to put there. */
export function CellCard({ api, vocabulary, tokens, grid, cell, mode, onChoose }: Props) {
  const { width } = tokens.grid;
  const id = grid[cell] as number;
  const before = tokens.localTokens.grid[cell] as number;
  const neighbours = useNeighbours(api, "local", id, SHOWN);
  const word = (of: number) => vocabulary[of] ?? `#${of}`;
  const row = Math.floor(cell / width) + 1;
  const column = (cell % width) + 1;
  return (
    <section class="card cell-card" aria-labelledby="cell-title">
      <h2 id="cell-title">
        Cell{" "}
        <span class="quiet">
          row {row}, column {column}
        </span>
      </h2>
      <p class="piece">
        <q>{word(id)}</q>
        {id !== before && (
          <button type="button" class="small" onClick={() => onChoose(before)}>
            was <q>{word(before)}</q>: put back
          </button>
        )}
      </p>
      <h3>Neighbours</h3>
      <p class="quiet">
        The most similar local words (▁ is a blank). Choose one
        {mode === "select" ? " to put it into the cell." : " for the brush."}
      </p>
      <ul class="chips" aria-label="Neighbours">
        {(neighbours ?? []).map((other) => (
          <li key={other.id}>
            <button type="button" onClick={() => onChoose(other.id)}>
              {other.word} <span class="quiet">{other.similarity.toFixed(2)}</span>
            </button>
          </li>
        ))}
      </ul>
      <h3>Any other piece</h3>
      <WordSearch
        vocabulary={vocabulary}
        suggested={grid}
        label="Search all pieces"
        listLabel="Pieces"
        placeholder="of this picture, or type to search"
        onChoose={onChoose}
      />
    </section>
  );
}
