import type { Opened } from "../../state/use-editor.js";
import { BlobImage } from "../blob-image.js";
import type { Margins } from "./settings.js";

interface Props {
  readonly opened: Opened;
  readonly margins: Margins;
  readonly grid: { readonly width: number; readonly height: number };
}

/** The picture with the margins that it will get. */
export function ExtendPreview({ opened, margins, grid }: Props) {
  const { left, right, top, bottom } = margins;
  const columns = grid.width + left + right;
  // Percentages of padding are of the width, for all four sides.
  const part = (cells: number) => `${(100 * cells) / columns}%`;
  return (
    <div
      class="stage extend"
      style={{ padding: `${part(top)} ${part(right)} ${part(bottom)} ${part(left)}` }}
    >
      <BlobImage blob={opened.square} alt="The picture to extend" />
    </div>
  );
}
