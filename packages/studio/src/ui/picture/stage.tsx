import { TokenGrid } from "@v2l/components";
import { useState } from "preact/hooks";
import type { ApiClient } from "../../api/client.js";
import type { Edit } from "../../state/edit.js";
import type { Editor, Opened } from "../../state/use-editor.js";
import { BlobImage } from "../blob-image.js";
import { CellHint } from "./cell-hint.js";
import type { View } from "./stage-tools.js";

interface Props {
  readonly api: ApiClient;
  readonly editor: Editor;
  readonly opened: Opened;
  readonly edit: Edit;
  readonly view: View;
  readonly showPieces: boolean;
  readonly wordOf: (id: number) => string;
  readonly cell: number;
  readonly onCell: (cell: number) => void;
  /** The token that strokes paint; null: they do not. */
  readonly brush: number | null;
}

/** The picture under the grid of its local words. */
export function Stage(props: Props) {
  const { api, editor, opened, edit, view, showPieces, wordOf, cell, onCell, brush } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const { width, height } = opened.tokens.grid;
  const before = opened.tokens.localTokens.grid;
  const changed = (at: number) => edit.grid[at] !== before[at];
  const busy = editor.opening || editor.decoding;
  const stroke = brush !== null && {
    cells: (cells: readonly number[], first: boolean) => editor.setCells(cells, brush, first),
  };
  return (
    <div class={`stage ${showPieces ? "" : "no-pieces"}`} aria-busy={busy}>
      <TokenGrid
        label="Local words, cell by cell"
        width={width}
        height={height}
        pieces={edit.grid.map(wordOf)}
        selected={cell}
        onSelect={onCell}
        onHover={setHovered}
        cellClass={(at) => (changed(at) ? "changed" : "")}
        cellState={(at) => (changed(at) ? "changed" : "")}
        stroke={stroke || undefined}
      >
        {view === "words" ? (
          <BlobImage blob={editor.decoded} alt="The picture decoded from its words" />
        ) : (
          <BlobImage blob={opened.square} alt="The square of the picture that became words" />
        )}
      </TokenGrid>
      {hovered !== null && (
        <CellHint
          api={api}
          cell={hovered}
          grid={{ width, height }}
          id={edit.grid[hovered] as number}
          wordOf={wordOf}
        />
      )}
      <span class="unseen" role="status">
        {busy ? "Computing" : "Ready"}
      </span>
    </div>
  );
}
