import type { Editor } from "../../state/use-editor.js";
import { Icon } from "../icon.js";
import { Segmented } from "../segmented.js";

/** What a press on a cell does. */
export type Mode = "select" | "brush";
/** Which picture lies under the grid. */
export type View = "words" | "original";

interface Props {
  readonly mode: Mode;
  readonly onMode: (mode: Mode) => void;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly showPieces: boolean;
  readonly onShowPieces: (show: boolean) => void;
  /** The brush's word. */
  readonly brush: string;
}

/** Undo, redo, and back to the beginning. */
export function EditTools({ editor }: { readonly editor: Editor }) {
  return (
    <div class="edits">
      <button
        type="button"
        class="round"
        title="Undo"
        disabled={!editor.canUndo}
        onClick={editor.undo}
      >
        <Icon name="undo" />
        <span class="unseen">Undo</span>
      </button>
      <button
        type="button"
        class="round"
        title="Redo"
        disabled={!editor.canRedo}
        onClick={editor.redo}
      >
        <Icon name="redo" />
        <span class="unseen">Redo</span>
      </button>
      <button type="button" class="small" disabled={!editor.canUndo} onClick={editor.reset}>
        Reset
      </button>
    </div>
  );
}

/** What the pointer does, and what is shown. */
export function StageTools(props: Props) {
  const { mode, onMode, view, onView, showPieces, onShowPieces, brush } = props;
  return (
    <div class="tools">
      <Segmented
        legend="Pointer"
        quiet
        options={[
          ["select", "Select"],
          ["brush", "Brush"],
        ]}
        value={mode}
        onChange={onMode}
      />
      <Segmented
        legend="Picture"
        quiet
        options={[
          ["words", "From words"],
          ["original", "Original"],
        ]}
        value={view}
        onChange={onView}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={showPieces}
          onChange={({ currentTarget }) => onShowPieces(currentTarget.checked)}
        />
        Pieces
      </label>
      {mode === "brush" && (
        <p class="quiet brush-word">
          Brush over cells to fill them with <q>{brush}</q>. Choose its word at “Cell”.
        </p>
      )}
    </div>
  );
}
