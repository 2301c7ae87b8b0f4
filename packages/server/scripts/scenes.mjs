// Draws the demo scenes of assets/scenes: pictures of the test split, which no part of the demo bundle has
// seen, with true captions and questions. Run it after `npm run build`; the result is kept in the repository.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { Random } from "@v2l/nn";
import {
  GlyphAtlas,
  objectColors,
  renderScene,
  SCENE_SIZE,
  sceneCaption,
  sceneQuestions,
  sceneSpec,
  TRAIN_STYLES,
} from "@v2l/train";
import { encodePng } from "v2l";

const folder = new URL("../assets/scenes/", import.meta.url);
/** Classes to recognise, each with so many pictures. */
const CLASSES = { cat: 3, rocket: 3, pizza: 3 };
const SEVERAL = 3;
const QUESTIONS = 4;

const atlas = await GlyphAtlas.load({ styles: TRAIN_STYLES });
const colorOf = objectColors(atlas);
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const scenes = [];
const left = new Map(Object.entries(CLASSES));
for (let index = 0; [...left.values()].some((count) => count > 0); index++) {
  const spec = sceneSpec(index, { split: "test", objects: [1, 1] });
  const noun = spec.objects[0].noun;
  const count = left.get(noun) ?? 0;
  if (count === 0) continue;
  left.set(noun, count - 1);
  const number = CLASSES[noun] - count + 1;
  scenes.push(await write(number === 1 ? noun : `${noun}-${number}`, noun, spec));
}
for (let index = 0; index < SEVERAL; index++) {
  const spec = sceneSpec(index, { split: "test", objects: [2, 3] });
  scenes.push(await write(`several-${index + 1}`, spec.objects[0].noun, spec));
}
scenes.sort((a, b) => (a.name < b.name ? -1 : 1));
await writeFile(new URL("scenes.json", folder), `${JSON.stringify(scenes, null, 2)}\n`);

async function write(name, label, spec) {
  const image = { width: SCENE_SIZE, height: SCENE_SIZE, data: renderScene(spec, atlas) };
  await writeFile(new URL(`${name}.png`, folder), await encodePng(image));
  const random = new Random(spec.index);
  const caption = sceneCaption(spec, random, colorOf, "plain");
  const questions = sceneQuestions(spec, random, colorOf).slice(0, QUESTIONS);
  return {
    name,
    label,
    caption,
    questions: questions.map(({ question, answer }) => ({ question, answer })),
  };
}
