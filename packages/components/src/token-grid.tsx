import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { cellAfterKey, placeOf } from "./grid-line.js";
import { type Stroke, useStroke } from "./use-stroke.js";

interface Props {
  readonly label: string;
  /** Cells in a row, and rows. */
  readonly width: number;
  readonly height: number;
  /** What stands in each cell, row by row. */
  readonly pieces: readonly string[];
  readonly selected: number;
  /** A click, or an arrow key. */
  readonly onSelect: (cell: number) => void;
  /** Further classes of a cell. */
  readonly cellClass?: (cell: number) => string;
  /** What a cell is besides its piece, for who does not see it. */
  readonly cellState?: (cell: number) => string;
  readonly onHover?: (cell: number | null) => void;
  /** Makes pointers paint: presses and drags are strokes, Enter and Space strokes of one cell. */
  readonly stroke?: Stroke | undefined;
  /** The picture under the grid. */
  readonly children: ComponentChildren;
}

/**
 * A grid of tokens on top of a picture. One cell is in the tab order, the arrow keys go to its
 * neighbours.
 */
export function TokenGrid(props: Props) {
  const { label, width, height, selected, onSelect, onHover, stroke, children } = props;
  const table = useRef<HTMLDivElement>(null);
  const handlers = useStroke(table, { width, height }, stroke, onSelect);

  function move(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = cellAfterKey(event.key, selected, { width, height });
    if (target === null) return;
    event.preventDefault();
    onSelect(target);
    table.current?.querySelectorAll<HTMLElement>("button")[target]?.focus();
  }

  const rows = Array.from({ length: height }, (_, row) => row);
  const columns = Array.from({ length: width }, (_, column) => column);
  return (
    <div class="grid">
      {children}
      {/* biome-ignore lint/a11y/useSemanticElements: a table lays its cells out in another way */}
      <div
        role="grid"
        aria-label={label}
        aria-multiselectable={false}
        class={stroke ? "painting" : ""}
        tabIndex={-1}
        ref={table}
        onKeyDown={move}
        onPointerLeave={() => onHover?.(null)}
        {...handlers}
      >
        {rows.map((row) => (
          // biome-ignore lint/a11y: a row of the grid above, its cells have the focus
          <div role="row" class="row" key={row}>
            {columns.map((column) => (
              <Cell key={column} {...props} cell={row * width + column} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function Cell({ cell, ...props }: Props & { readonly cell: number }) {
  const { width, pieces, selected, onSelect, onHover, stroke, cellClass, cellState } = props;
  const { row, column } = placeOf(cell, width);
  const state = cellState?.(cell) ?? "";
  const name = `row ${row + 1}, column ${column + 1}: ${pieces[cell]}`;
  return (
    // biome-ignore lint/a11y: a cell of the grid, its button has the focus
    <div role="gridcell" aria-selected={cell === selected}>
      <button
        type="button"
        class={`cell ${cellClass?.(cell) ?? ""}`}
        tabIndex={cell === selected ? 0 : -1}
        aria-label={state === "" ? name : `${name}, ${state}`}
        onPointerEnter={() => onHover?.(cell)}
        onFocus={() => onHover?.(cell)}
        onBlur={() => onHover?.(null)}
        onClick={({ detail }) => {
          onSelect(cell);
          // Without a pointer there was no stroke.
          if (stroke && detail === 0) stroke.cells([cell], true);
        }}
      >
        {pieces[cell]}
      </button>
    </div>
  );
}
