import { useEffect } from "preact/hooks";
import first from "../../../fixtures/scenes/0.png";
import second from "../../../fixtures/scenes/1.png";
import third from "../../../fixtures/scenes/2.png";

const SCENES = [first, second, third];

interface Props {
  readonly disabled: boolean;
  readonly onChoose: (file: Blob) => void;
}

/** Choosing, dropping or pasting a picture, or taking a scene of the demo world. */
export function ChoosePicture({ disabled, onChoose }: Props) {
  useEffect(() => {
    const take = (event: Event, data: DataTransfer | null) => {
      const file = [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (file === undefined || disabled) return;
      event.preventDefault();
      onChoose(file);
    };
    const paste = (event: ClipboardEvent) => take(event, event.clipboardData);
    const drop = (event: DragEvent) => take(event, event.dataTransfer);
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

  const scene = async (url: string) => onChoose(await (await fetch(url)).blob());
  return (
    <section class="choose" aria-label="Choose a picture">
      <label class="file">
        <span>Choose, drop or paste a picture</span>
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
      <span>or a scene of the demo world:</span>
      {SCENES.map((url, i) => (
        <button
          type="button"
          class="scene"
          key={url}
          disabled={disabled}
          aria-label={`Scene ${i + 1}`}
          onClick={() => scene(url)}
        >
          <img src={url} alt="" width="48" height="48" />
        </button>
      ))}
    </section>
  );
}
