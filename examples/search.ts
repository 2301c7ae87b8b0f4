// Finds the images that a sentence describes: CLIP's embeddings of both, compared by their cosine.
//   node examples/dist/search.js "a dog on a blue background" album/*.png
import { V2L } from "v2l";

const [sentence, ...images] = process.argv.slice(2);
if (sentence === undefined || images.length === 0) {
  throw new Error("usage: search.js SENTENCE IMAGE...");
}

const v2l = await V2L.load();
const [wanted] = await v2l.embedText([sentence]);
const embeddings = await v2l.embedImage(images);
await v2l.dispose();

const found = embeddings
  .map((embedding, i) => ({ image: images[i], similarity: cosine(wanted, embedding) }))
  .sort((a, b) => b.similarity - a.similarity);
for (const { image, similarity } of found) console.log(similarity.toFixed(3), image);

/** Both are of length 1. */
function cosine(a: Float32Array | undefined, b: Float32Array): number {
  return b.reduce((sum, value, i) => sum + value * (a?.[i] ?? 0), 0);
}
