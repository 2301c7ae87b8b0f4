import { useState } from "preact/hooks";
import type { Source } from "../../pictures/source.js";
import type { EpisodeClass } from "../../state/use-episode.js";
import { BlobImage } from "../blob-image.js";
import { Icon } from "../icon.js";
import { droppedOn } from "./drag.js";

interface Props {
  readonly shown: EpisodeClass;
  /** The picture that was picked to be put somewhere. */
  readonly picked: Source | null;
  readonly onRename: (label: string) => void;
  readonly onRemove: () => void;
  readonly onPicture: (picture: Source) => void;
  readonly onTrayPicture: (index: number) => void;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onRemovePicture: (index: number) => void;
}

/** A class: its name, and the pictures that show it. */
export function ClassCard(props: Props) {
  const { shown, picked, onRename, onRemove, onPicture, onTrayPicture, onFiles, onRemovePicture } =
    props;
  const { label, pictures } = shown;
  const [over, setOver] = useState(false);

  function drop(event: DragEvent) {
    const dropped = droppedOn(event);
    setOver(false);
    if (dropped === null) return;
    event.preventDefault();
    // Otherwise the page would open it.
    event.stopPropagation();
    if ("index" in dropped) onTrayPicture(dropped.index);
    else onFiles(dropped.files);
  }

  return (
    <fieldset
      class={`class-card ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <legend class="unseen">Class {label}</legend>
      <div class="class-head">
        <input
          type="text"
          aria-label="Name of the class"
          value={label}
          onInput={({ currentTarget }) => onRename(currentTarget.value)}
        />
        <button type="button" class="round" title="Remove the class" onClick={onRemove}>
          <Icon name="close" />
          <span class="unseen">Remove class {label}</span>
        </button>
      </div>
      <ul aria-label={`Pictures of ${label}`}>
        {pictures.map((picture, index) => (
          <li key={index}>
            <button
              type="button"
              class="thumb remove"
              title={`${picture.name}: take it out`}
              aria-label={`Take ${picture.name} out of ${label}`}
              onClick={() => onRemovePicture(index)}
            >
              <BlobImage blob={picture.blob} alt="" />
            </button>
          </li>
        ))}
        {pictures.length === 0 && picked === null && <li class="quiet drop-here">Drop here</li>}
      </ul>
      {picked !== null && (
        <button
          type="button"
          class="small"
          aria-label={`Put it here: ${label}`}
          onClick={() => onPicture(picked)}
        >
          Put it here
        </button>
      )}
    </fieldset>
  );
}
