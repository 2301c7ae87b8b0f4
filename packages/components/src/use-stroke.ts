import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { cellsBetween } from "./grid-line.js";

/** What painting over cells does. */
export interface Stroke {
  /** @param first whether a stroke begins with these cells */
  readonly cells: (cells: readonly number[], first: boolean) => void;
}

/** Pointer handlers of a grid that is painted on; none where `stroke` is undefined. */
export function useStroke(
  grid: RefObject<HTMLElement | null>,
  size: { readonly width: number; readonly height: number },
  stroke: Stroke | undefined,
  onSelect: (cell: number) => void,
) {
  const last = useRef<number | null>(null);

  function cellAt({ clientX, clientY }: PointerEvent): number {
    const { left, top, width, height } = (grid.current as HTMLElement).getBoundingClientRect();
    const clamp = (part: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor(part * count)));
    const column = clamp((clientX - left) / width, size.width);
    return clamp((clientY - top) / height, size.height) * size.width + column;
  }

  if (stroke === undefined) return {};
  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      grid.current?.setPointerCapture(event.pointerId);
      const cell = cellAt(event);
      last.current = cell;
      onSelect(cell);
      stroke.cells([cell], true);
    },
    onPointerMove(event: PointerEvent) {
      if (last.current === null) return;
      const cell = cellAt(event);
      const way = cellsBetween(last.current, cell, size.width);
      last.current = cell;
      if (way.length > 0) stroke.cells(way, false);
    },
    onPointerUp() {
      last.current = null;
    },
    onPointerCancel() {
      last.current = null;
    },
  };
}
