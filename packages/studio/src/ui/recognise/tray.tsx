import type { Source } from "../../pictures/source.js";
import { BlobImage } from "../blob-image.js";
import { dragPicture } from "./drag.js";

interface Props {
  readonly pictures: readonly Source[];
  readonly picked: number | null;
  readonly onPick: (index: number | null) => void;
  readonly onFiles: (files: Iterable<File>) => void;
  readonly onFill: () => void;
}

/** The pictures that can be put into classes, by dragging or by picking one and then a class. */
export function Tray({ pictures, picked, onPick, onFiles, onFill }: Props) {
  return (
    <div class="tray">
      <p class="quiet">
        Drag pictures into the classes, or pick one and press “Put it here”. Files can be dropped on
        a class too.
      </p>
      <ul aria-label="Pictures to use as examples">
        {pictures.map((picture, index) => (
          <li key={index}>
            <button
              type="button"
              class="thumb"
              draggable
              aria-pressed={picked === index}
              aria-label={`Pick ${picture.name}`}
              title={picture.name}
              onDragStart={(event) => dragPicture(event, index)}
              onClick={() => onPick(picked === index ? null : index)}
            >
              <BlobImage blob={picture.blob} alt="" />
            </button>
          </li>
        ))}
      </ul>
      <div class="actions">
        <label class="file small">
          <span>Add pictures</span>
          <input
            type="file"
            accept="image/*"
            multiple
            onChange={({ currentTarget }) => {
              onFiles([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </label>
        <button type="button" class="small" onClick={onFill}>
          Make classes of the demo scenes
        </button>
      </div>
    </div>
  );
}
