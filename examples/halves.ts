// Images are words, so they can be cut and pasted like text: the left half of one image's grid beside
// the right half of another's, decoded as one image.
//   node examples/dist/halves.js left.png right.png both.png
import { savePng, V2L } from "v2l";

const [left, right, out] = process.argv.slice(2);
if (left === undefined || right === undefined || out === undefined) {
  throw new Error("usage: halves.js LEFT RIGHT OUT");
}

const v2l = await V2L.load();
const [a, b] = await v2l.encode([left, right]);
if (a && b) {
  const { width } = a.localTokens;
  const grid = a.localTokens.grid.map((id, cell) =>
    cell % width < width / 2 ? id : (b.localTokens.grid[cell] as number),
  );
  await savePng(out, await v2l.decode({ localTokens: { grid }, globalTokens: a.globalTokens }));
}
await v2l.dispose();
