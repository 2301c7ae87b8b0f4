import { useEffect, useRef } from "preact/hooks";
import { type Image, toImageData } from "v2l/browser";

/** A picture, pixel by pixel; the style sheet enlarges it. */
export function Canvas({ image, label }: { readonly image: Image; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext("2d")?.putImageData(toImageData(image), 0, 0);
  }, [image]);
  const { width, height } = image;
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} />;
}
