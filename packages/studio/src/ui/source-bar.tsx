import { PictureInput } from "@v2l/components";
import { useState } from "preact/hooks";
import type { Source } from "../pictures/source.js";
import { BlobImage } from "./blob-image.js";
import { Icon } from "./icon.js";
import { WebcamDialog } from "./webcam-dialog.js";

interface Props {
  readonly current: Source | null;
  readonly scenes: readonly Source[];
  readonly disabled: boolean;
  readonly onFile: (file: File) => void;
  readonly onScene: (scene: Source) => void;
}

/** Where a picture comes from: a file, the camera, or the demo world. */
export function SourceBar({ current, scenes, disabled, onFile, onScene }: Props) {
  const [camera, setCamera] = useState(false);
  return (
    <section class="card source-bar" aria-label="Choose a picture">
      <div class="own">
        <PictureInput
          label="Choose, drop or paste a picture"
          disabled={disabled}
          onChoose={onFile}
        />
        <button
          type="button"
          aria-label="Camera"
          disabled={disabled}
          onClick={() => setCamera(true)}
        >
          <Icon name="camera" /> <span>Camera</span>
        </button>
      </div>
      <div class="scenes">
        <span class="quiet" id="scenes">
          or a demo scene
        </span>
        <ul aria-labelledby="scenes">
          {scenes.map((scene) => (
            <li key={scene.name}>
              <button
                type="button"
                class="thumb"
                disabled={disabled}
                aria-label={`Scene ${scene.name}`}
                aria-pressed={current?.input === scene.input}
                title={scene.scene?.caption}
                onClick={() => onScene(scene)}
              >
                <BlobImage blob={scene.blob} alt="" />
              </button>
            </li>
          ))}
        </ul>
      </div>
      {camera && (
        <WebcamDialog
          onPicture={(file) => {
            setCamera(false);
            onFile(file);
          }}
          onClose={() => setCamera(false)}
        />
      )}
    </section>
  );
}
