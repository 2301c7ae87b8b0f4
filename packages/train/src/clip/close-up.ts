import { crop, type Image } from "v2l";
import type { SceneSpec } from "../world/index.js";

/** Side of the close-up over the object's longer side. */
const MARGIN = 1.1;

/** The square of the picture that the scene's first object fills. */
export function closeUp(image: Image, scene: SceneSpec): Image {
  const object = scene.objects[0];
  if (object === undefined) return image;
  const longest = Math.min(image.width, image.height);
  const side = Math.min(longest, Math.round(object.size * MARGIN));
  const start = (centre: number, length: number) =>
    Math.min(length - side, Math.max(0, Math.round(centre - side / 2)));
  return crop(image, {
    left: start(object.x, image.width),
    top: start(object.y, image.height),
    width: side,
    height: side,
  });
}
