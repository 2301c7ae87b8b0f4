import type { Tokens } from "@v2l/server";
import { baseName, download, downloadJson } from "../../pictures/download.js";
import type { Restored } from "../../state/use-restoration.js";
import { BlobImage } from "../blob-image.js";
import { Icon } from "../icon.js";

interface Props {
  readonly name: string;
  readonly result: Restored;
  readonly onEdit: (tokens: Tokens) => void;
  readonly onAgain: () => void;
}

/** Before and after, and what can be done with it. */
export function Results({ name, result, onEdit, onAgain }: Props) {
  const { event, degraded, restored, original } = result;
  const shown = [
    ["Damaged", degraded],
    ["Restored", restored],
    ["Original", original],
  ] as const;
  const base = baseName(name);
  return (
    <>
      <div class="results">
        {shown.map(([title, blob]) => {
          if (blob === null) return null;
          return (
            <figure key={title}>
              <BlobImage blob={blob} alt={`${title} picture`} />
              <figcaption>{title}</figcaption>
            </figure>
          );
        })}
      </div>
      <div class="actions">
        <button
          type="button"
          class="small"
          onClick={() => download(restored, `${base}-restored.png`)}
        >
          <Icon name="download" /> Picture
        </button>
        <button
          type="button"
          class="small"
          onClick={() => downloadJson(event.tokens, `${base}-restored-tokens.json`)}
        >
          <Icon name="download" /> Words
        </button>
        <button type="button" class="small" onClick={() => onEdit(event.tokens)}>
          Edit its words
        </button>
        <button type="button" class="small" onClick={onAgain}>
          Start over
        </button>
      </div>
    </>
  );
}
