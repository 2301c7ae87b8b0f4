import { TokenGrid } from "@v2l/components";
import { useRef, useState } from "preact/hooks";
import type { Opened } from "../../state/use-editor.js";
import type { Restoration } from "../../state/use-restoration.js";
import { BlobImage } from "../blob-image.js";
import { ExtendPreview } from "./extend-preview.js";
import { hiddenCells, type Settings } from "./settings.js";

interface Props {
  readonly opened: Opened;
  readonly grid: { readonly width: number; readonly height: number };
  readonly settings: Settings;
  readonly restoration: Restoration;
  readonly onMask: (mask: ReadonlySet<number>) => void;
}

/** The picture to paint a mask on; then what the model has written of it so far. */
export function RestoreStage({ opened, grid, settings, restoration, onMask }: Props) {
  const { progress, result } = restoration;
  const [cell, setCell] = useState(0);
  /** Whether the stroke hides cells or shows them again: as its first cell needs it. */
  const hiding = useRef(true);
  const begun = progress !== null;
  const hidden = hiddenCells(settings, grid);
  const written = progress?.written ?? new Map<number, string>();
  const fresh = new Set(result === null ? progress?.cells : []);
  const painting = settings.task === "inpainting" && !begun;
  const extending = settings.task === "outpainting" && !settings.damage;

  if (extending && !begun)
    return <ExtendPreview opened={opened} margins={settings.margins} grid={grid} />;

  const waits = (at: number) => {
    if (result !== null) return false;
    if (begun && extending) return false;
    return (hidden?.has(at) ?? false) && !written.has(at);
  };
  const stroke = {
    cells: (cells: readonly number[], first: boolean) => {
      if (first) hiding.current = !settings.mask.has(cells[0] as number);
      const mask = new Set(settings.mask);
      for (const at of cells) hiding.current ? mask.add(at) : mask.delete(at);
      onMask(mask);
    },
  };
  const size = grid.width * grid.height;
  return (
    <div class="stage restore-stage" aria-busy={restoration.running}>
      <TokenGrid
        label={painting ? "Cells to restore" : "Cells"}
        width={grid.width}
        height={grid.height}
        pieces={Array.from({ length: size }, (_, at) =>
          result === null ? (written.get(at) ?? "") : "",
        )}
        selected={cell}
        onSelect={setCell}
        cellClass={(at) => (waits(at) ? "waits" : fresh.has(at) ? "fresh" : "")}
        cellState={(at) => (waits(at) ? "hidden" : painting ? "kept" : "")}
        stroke={painting ? stroke : undefined}
      >
        <BlobImage
          blob={result?.restored ?? progress?.picture ?? opened.square}
          alt={result ? "The restored picture" : "The picture to restore"}
        />
      </TokenGrid>
    </div>
  );
}
