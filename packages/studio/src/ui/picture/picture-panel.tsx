import { useEffect, useState } from "preact/hooks";
import type { ApiClient } from "../../api/client.js";
import type { Editor } from "../../state/use-editor.js";
import { useVocabulary } from "../../state/use-vocabulary.js";
import { CellCard } from "./cell-card.js";
import { Downloads } from "./downloads.js";
import { Stage } from "./stage.js";
import { EditTools, type Mode, StageTools, type View } from "./stage-tools.js";
import { WordsCard } from "./words-card.js";

interface Props {
  readonly api: ApiClient;
  readonly editor: Editor;
  /** Whether it is seen. */
  readonly active: boolean;
}

/** The picture as words: look at them, change them, see what the decoder makes of it. */
export function PicturePanel({ api, editor, active }: Props) {
  const { opened, edit, opening } = editor;
  const local = useVocabulary(api, "local", opened !== null);
  const global = useVocabulary(api, "global", opened !== null);
  const [cell, setCell] = useState(0);
  const [mode, setMode] = useState<Mode>("select");
  const [view, setView] = useState<View>("words");
  const [showPieces, setShowPieces] = useState(false);
  /** The token that the brush paints. */
  const [brush, setBrush] = useState(0);
  useUndoKeys(editor, active);

  if (opened === null || edit === null) {
    return (
      <p class="card empty quiet">
        {opening ? "Turning it into words…" : "Choose a picture to begin."}
      </p>
    );
  }
  const wordOf = (id: number) => local[id] ?? `#${id}`;

  function choose(id: number) {
    setBrush(id);
    if (mode === "select") editor.setCells([cell], id);
  }

  return (
    <div class="columns three">
      <section class="card stage-card" aria-labelledby="stage-title">
        <div class="stage-head">
          <h2 id="stage-title">
            {view === "words" ? "Decoded from its words" : "The picture itself"}
          </h2>
          <EditTools editor={editor} />
        </div>
        <StageTools
          mode={mode}
          onMode={(next) => {
            // The brush takes up the selected cell's word.
            setBrush(edit.grid[cell] as number);
            setMode(next);
          }}
          view={view}
          onView={setView}
          showPieces={showPieces}
          onShowPieces={setShowPieces}
          brush={wordOf(brush)}
        />
        <Stage
          api={api}
          editor={editor}
          opened={opened}
          edit={edit}
          view={view}
          showPieces={showPieces}
          wordOf={wordOf}
          cell={cell}
          onCell={setCell}
          brush={mode === "brush" ? brush : null}
        />
        <Downloads editor={editor} opened={opened} edit={edit} wordOf={wordOf} />
      </section>
      <WordsCard api={api} editor={editor} edit={edit} vocabulary={global} />
      <CellCard
        api={api}
        vocabulary={local}
        tokens={opened.tokens}
        grid={edit.grid}
        cell={cell}
        mode={mode}
        onChoose={choose}
      />
    </div>
  );
}

/** Where Control and Z undo what was typed. */
const TEXT_FIELDS = "input:not([type=radio], [type=checkbox], [type=file])";

/** Control or Command with Z undoes, with Shift redoes. */
function useUndoKeys(editor: Editor, active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.matches(TEXT_FIELDS);
      if (typing || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (event.shiftKey) editor.redo();
      else editor.undo();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [editor, active]);
}
