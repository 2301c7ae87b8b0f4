/** What the page calls a picture of the tray that is dragged. */
const TYPE = "application/x-v2l-picture";

export function dragPicture(event: DragEvent, index: number): void {
  event.dataTransfer?.setData(TYPE, String(index));
}

/** What was dropped on a class: a picture of the tray, by its place, or files. */
export function droppedOn(event: DragEvent): { index: number } | { files: File[] } | null {
  const { dataTransfer } = event;
  if (dataTransfer === null) return null;
  const index = dataTransfer.getData(TYPE);
  if (index !== "") return { index: Number(index) };
  const files = [...dataTransfer.files].filter(({ type }) => type.startsWith("image/"));
  return files.length > 0 ? { files } : null;
}
