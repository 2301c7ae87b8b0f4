import type { ApiClient } from "../../api/client.js";
import { useNeighbours } from "../../state/use-neighbours.js";

interface Props {
  readonly api: ApiClient;
  readonly cell: number;
  readonly grid: { readonly width: number; readonly height: number };
  readonly id: number;
  readonly wordOf: (id: number) => string;
}

const SHOWN = 5;

/** Beside the cell under the pointer: its piece, and the pieces most similar to it. */
export function CellHint({ api, cell, grid, id, wordOf }: Props) {
  const neighbours = useNeighbours(api, "local", id, SHOWN);
  const row = Math.floor(cell / grid.width);
  const column = cell % grid.width;
  const below = row < grid.height / 2;
  const side = (column + 0.5) / grid.width;
  const place = {
    left: `${100 * side}%`,
    top: `${(100 * (below ? row + 1 : row)) / grid.height}%`,
    transform: `translate(${-100 * side}%, ${below ? "6px" : "calc(-100% - 6px)"})`,
  };
  return (
    <div class="hint" role="tooltip" style={place}>
      <strong>{wordOf(id)}</strong>
      <span class="quiet">
        row {row + 1}, column {column + 1}
      </span>
      <ul>
        {(neighbours ?? []).map(({ id: other, word, similarity }) => (
          <li key={other}>
            {word} <span class="quiet">{similarity.toFixed(2)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
