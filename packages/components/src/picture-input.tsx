import { useEffect } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly disabled: boolean;
  readonly onChoose: (file: File) => void;
}

/** The first picture among what was dropped or pasted. */
function pictureOf(data: DataTransfer | null): File | null {
  return [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/")) ?? null;
}

/**
 * Choosing a picture; dropping one anywhere on the page, or pasting one, chooses it too. Other files that are dropped are
 * chosen as well, so that somebody says that they are no pictures: the browser would leave the page for them.
 */
export function PictureInput({ label, disabled, onChoose }: Props) {
  useEffect(() => {
    const take = (event: Event, file: File | null | undefined) => {
      if (!file) return;
      event.preventDefault();
      if (!disabled) onChoose(file);
    };
    const paste = (event: ClipboardEvent) => take(event, pictureOf(event.clipboardData));
    const drop = (event: DragEvent) => {
      take(event, pictureOf(event.dataTransfer) ?? event.dataTransfer?.files[0]);
    };
    const allow = (event: DragEvent) => event.preventDefault();
    document.addEventListener("paste", paste);
    document.addEventListener("drop", drop);
    document.addEventListener("dragover", allow);
    return () => {
      document.removeEventListener("paste", paste);
      document.removeEventListener("drop", drop);
      document.removeEventListener("dragover", allow);
    };
  }, [disabled, onChoose]);
  return (
    <label class="file">
      <span>{label}</span>
      <input
        type="file"
        accept="image/*"
        disabled={disabled}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) onChoose(file);
          currentTarget.value = "";
        }}
      />
    </label>
  );
}
