import type { Info, Tokens } from "@v2l/server";
import { useEffect, useState } from "preact/hooks";
import type { Source } from "../../pictures/source.js";
import type { Editor } from "../../state/use-editor.js";
import type { Restoration } from "../../state/use-restoration.js";
import { NoModel } from "../no-model.js";
import { Notice } from "../notice.js";
import { RestoreForm } from "./restore-form.js";
import { RestoreStage } from "./restore-stage.js";
import { Results } from "./results.js";
import { middle, obstacle, requestOf, type Settings } from "./settings.js";

interface Props {
  readonly info: Info | null;
  readonly editor: Editor;
  /** Pictures to learn from. */
  readonly scenes: readonly Source[];
  readonly restoration: Restoration;
  /** Takes what was restored into the editor. */
  readonly onEdit: (tokens: Tokens) => void;
}

const FIRST: Settings = {
  task: "inpainting",
  damage: true,
  mask: new Set(),
  margins: { left: 0, right: 0, top: 0, bottom: 6 },
  kernel: 9,
  shift: { right: 2, down: 2 },
  learn: true,
  pace: "steps",
  temperature: 0,
  seed: 0,
};

/** The language model restores the picture, and its tokens are seen as they are written. */
export function RestorePanel({ info, editor, scenes, restoration, onEdit }: Props) {
  const { opened } = editor;
  const [settings, setSettings] = useState(FIRST);
  const change = (next: Partial<Settings>) => {
    setSettings((now) => ({ ...now, ...next }));
    if (restoration.result !== null) restoration.clear();
  };
  const grid = info?.bundle.grid ?? { width: 16, height: 16 };
  useEffect(() => {
    setSettings((now) => ({ ...now, mask: middle(grid) }));
  }, [grid.width, grid.height]);

  if (info !== null && info.llm === null) return <NoModel />;
  if (info?.llm?.restores === false) {
    return (
      <p class="card quiet">
        This server’s language model has another vocabulary than the bundle, so it cannot restore
        pictures.
      </p>
    );
  }
  if (opened === null) return <p class="card empty quiet">Choose a picture to begin.</p>;
  const { running, progress, result, error } = restoration;
  return (
    <div class="columns two">
      <section class="card stage-card" aria-labelledby="restore-title">
        <h2 id="restore-title">{titleOf(settings, running, result !== null)}</h2>
        <RestoreStage
          opened={opened}
          grid={grid}
          settings={settings}
          restoration={restoration}
          onMask={(mask) => change({ mask })}
        />
        {result !== null && (
          <Results
            name={opened.source.name}
            result={result}
            onEdit={onEdit}
            onAgain={restoration.clear}
          />
        )}
      </section>
      <section class="card" aria-labelledby="restore-how">
        <h2 id="restore-how">What to restore</h2>
        <RestoreForm
          settings={settings}
          grid={grid}
          disabled={running}
          obstacle={obstacle(settings, grid)}
          onChange={change}
          onStart={() => restoration.start(requestOf(opened.source, settings, scenes, grid))}
          onStop={restoration.stop}
        />
        <Notice error={error} />
        {progress !== null && (
          <div class="progress">
            <progress
              aria-label="Restored tokens"
              value={progress.done}
              max={Math.max(progress.total, 1)}
            />
            <span class="quiet" role="status">
              {progress.total === 0
                ? "Reading the examples…"
                : `${progress.done} of ${progress.total} tokens${result ? ", done" : ""}`}
            </span>
          </div>
        )}
      </section>
    </div>
  );
}

function titleOf({ task, damage }: Settings, running: boolean, done: boolean): string {
  if (running) return "The model writes…";
  if (done) return "Restored";
  if (task === "inpainting") return "Paint over what is to be restored";
  if (task === "outpainting")
    return damage ? "These sides will be hidden" : "These sides will be added";
  return damage ? "This picture will be damaged first" : "The damaged picture";
}
