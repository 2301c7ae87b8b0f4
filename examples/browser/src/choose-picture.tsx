import { PictureInput } from "@v2l/components";
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
  const scene = async (url: string) => onChoose(await (await fetch(url)).blob());
  return (
    <section class="choose" aria-label="Choose a picture">
      <PictureInput
        label="Choose, drop or paste a picture"
        disabled={disabled}
        onChoose={onChoose}
      />
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
