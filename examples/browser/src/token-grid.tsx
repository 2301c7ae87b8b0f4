import { useRef } from "preact/hooks";
import type { Image, LocalTokens } from "v2l/browser";
import { Canvas } from "./canvas.js";

interface Props {
  readonly image: Image;
  readonly tokens: LocalTokens;
  readonly encoded: Int32Array;
  readonly selected: number;
  readonly onSelect: (cell: number) => void;
}

/**
 * The local tokens on top of the picture they decode to. One cell is in the tab order, the arrow keys
 * go to its neighbours.
 */
export function TokenGrid({ image, tokens, encoded, selected, onSelect }: Props) {
  const { grid, pieces, width, height } = tokens;
  const table = useRef<HTMLDivElement>(null);

  function move(event: KeyboardEvent) {
    const column = selected % width;
    const row = Math.floor(selected / width);
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: row * width + Math.max(column - 1, 0),
      ArrowRight: row * width + Math.min(column + 1, width - 1),
      ArrowUp: Math.max(row - 1, 0) * width + column,
      ArrowDown: Math.min(row + 1, height - 1) * width + column,
      Home: row * width,
      End: row * width + width - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onSelect(target);
    table.current?.querySelectorAll<HTMLElement>("button")[target]?.focus();
  }

  const rows = Array.from({ length: height }, (_, row) => row);
  const columns = Array.from({ length: width }, (_, column) => column);
  return (
    <div class="grid">
      <Canvas image={image} label="The picture decoded from its words" />
      {/* biome-ignore lint/a11y/useSemanticElements: a table lays its cells out in another way */}
      <div role="grid" aria-label="Local tokens" tabIndex={-1} ref={table} onKeyDown={move}>
        {rows.map((row) => (
          // biome-ignore lint/a11y: a row of the grid above, its cells have the focus
          <div role="row" class="row" key={row}>
            {columns.map((column) => {
              const cell = row * width + column;
              const changed = grid[cell] !== encoded[cell];
              return (
                // biome-ignore lint/a11y: a cell of the grid above, its button has the focus
                <div role="gridcell" key={cell} aria-selected={cell === selected}>
                  <button
                    type="button"
                    class={changed ? "cell changed" : "cell"}
                    tabIndex={cell === selected ? 0 : -1}
                    aria-label={`row ${row + 1}, column ${column + 1}: ${pieces[cell]}`}
                    onClick={() => onSelect(cell)}
                  >
                    {pieces[cell]}
                  </button>
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
