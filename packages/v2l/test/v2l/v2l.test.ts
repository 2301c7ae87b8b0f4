import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toFloat32, V2LError } from "@v2l/nn";
import { maxAbsDifference } from "@v2l/testing";
import { encodePng, type ImageTokens, type TokenIds, V2L } from "v2l";
import { tinyParts } from "../tiny-bundle.js";
import { loadParts, picture, tinyPartsWithText } from "./tiny-v2l.js";

function fails(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof V2LError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

describe("V2L", () => {
  let v2l: V2L;
  let folder = "";

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "v2l-test-"));
    v2l = await loadParts(join(folder, "tiny"));
  });
  after(async () => {
    await v2l.dispose();
    rmSync(folder, { recursive: true });
  });

  const seeds = [0, 1, 2, 3, 4];
  const pictures = seeds.map((seed) => picture(40 + seed, 24, seed));

  test("tokens carry the words of their ids", async () => {
    const { localTokens, globalTokens } = await v2l.encode(pictures[0] as (typeof pictures)[0]);
    const { localCodebook, globalCodebook } = tinyPartsWithText();
    assert.deepEqual([localTokens.height, localTokens.width], [8, 8]);
    assert.equal(localTokens.grid.length, 64);
    const pieces = Array.from(localTokens.grid, (id) => localCodebook.vocabulary[id]);
    assert.deepEqual(localTokens.pieces, pieces);
    assert.equal(globalTokens.length, 3);
    for (const { id, word } of globalTokens) assert.equal(word, globalCodebook.vocabulary[id]);
  });

  test("global words are the rows nearest to the image's embedding", async () => {
    const rows = toFloat32(tinyPartsWithText().globalCodebook.embedding);
    const [embeddings, tokens] = [await v2l.embedImage(pictures), await v2l.encode(pictures)];
    tokens.forEach(({ globalTokens }, n) => {
      const feature = embeddings[n] as Float32Array;
      const all = Array.from({ length: 7 }, (_, id) => {
        let [distance, product, length] = [0, 0, 0];
        for (let d = 0; d < 8; d++) {
          const [f, e] = [feature[d] as number, rows[id * 8 + d] as number];
          distance += (f - e) ** 2;
          product += f * e;
          length += e * e;
        }
        return { id, distance, similarity: product / Math.sqrt(length) };
      });
      const nearest = all.sort((a, b) => a.distance - b.distance).slice(0, 3);
      const part = (key: "id" | "distance" | "similarity") => [
        globalTokens.map((token) => token[key]),
        nearest.map((token) => token[key]),
      ];
      assert.deepEqual(...(part("id") as [number[], number[]]));
      for (const key of ["distance", "similarity"] as const) {
        assert.ok(maxAbsDifference(...(part(key) as [number[], number[]])) < 1e-5);
      }
    });
  });

  test("words near an image's embedding are those of describing, also among fewer words", async () => {
    const embeddings = await v2l.embedImage(pictures);
    const described = await v2l.describe(pictures);
    const nearest = await v2l.nearestWords(embeddings);
    const ids = (lists: typeof nearest) => lists.map((words) => words.map(({ id }) => id));
    assert.deepEqual(ids(nearest), ids(described));
    const numbers = (lists: typeof nearest) => {
      return lists.flat().flatMap(({ similarity, distance }) => [similarity, distance]);
    };
    assert.ok(maxAbsDifference(numbers(nearest), numbers(described)) < 1e-5);
    const all = await v2l.nearestWords(embeddings, { count: 7 });
    assert.deepEqual(
      all.map((words) => words.length),
      [7, 7, 7, 7, 7],
    );
    const among = (word: string) => word !== nearest[0]?.[0]?.word;
    const rest = await v2l.nearestWords(embeddings, { count: 2, among });
    const expected = all.map((words) => words.filter(({ word }) => among(word)).slice(0, 2));
    assert.deepEqual(rest, expected);
  });

  test("describing gives the global words of encoding", async () => {
    const described = await v2l.describe(pictures, { batchSize: 2 });
    const tokens = await v2l.encode(pictures);
    assert.deepEqual(
      described,
      tokens.map(({ globalTokens }) => globalTokens),
    );
    assert.deepEqual(await v2l.describe(pictures[3] as (typeof pictures)[0]), described[3]);
  });

  test("encoding does not depend on the batch or on how the image is given", async () => {
    const together = await v2l.encode(pictures, { batchSize: 2 });
    for (const [n, image] of pictures.entries()) {
      assert.deepEqual((await v2l.encode(image)).localTokens, together[n]?.localTokens);
    }
    const png = await encodePng(pictures[1] as (typeof pictures)[0]);
    assert.deepEqual((await v2l.encode(png)).localTokens, together[1]?.localTokens);
    const grids = new Set(together.map(({ localTokens }) => localTokens.grid.join()));
    assert.equal(grids.size, pictures.length);
    assert.deepEqual(await v2l.encode([]), []);
  });

  test("decoding does not depend on the batch, and depends on both kinds of tokens", async () => {
    const tokens = await v2l.encode(pictures);
    const together = await v2l.decode(tokens, { batchSize: 2 });
    assert.equal(together.length, pictures.length);
    for (const [n, one] of tokens.entries()) {
      const { width, height, data } = await v2l.decode(one);
      assert.deepEqual([width, height], [16, 16]);
      assert.ok(maxAbsDifference(data, together[n]?.data ?? []) <= 1);
    }
    const [a, b] = tokens as [ImageTokens, ImageTokens];
    const planes = await v2l.decodePlanes([
      a,
      { ...a, localTokens: b.localTokens },
      { ...a, globalTokens: [{ id: 6 }, { id: 0 }, { id: 3 }] },
    ]);
    const [plain, local, global] = [0, 1, 2].map((n) => planes.slice(n * 768, (n + 1) * 768));
    assert.ok(maxAbsDifference(plain as Float32Array, local as Float32Array) > 0);
    assert.ok(maxAbsDifference(plain as Float32Array, global as Float32Array) > 0);
  });

  test("a reconstruction comes with the square it was made of", async () => {
    const image = picture(16, 16, 3);
    const { original, reconstruction, tokens } = await v2l.reconstruct(image);
    assert.deepEqual(original.data, image.data);
    assert.deepEqual(reconstruction, await v2l.decode(tokens));
  });

  test("streams hold one batch at a time", async () => {
    let taken = 0;
    async function* source() {
      for (;;) yield picture(16, 16, taken++);
    }
    const seen: ImageTokens[] = [];
    for await (const tokens of v2l.encodeAll(source(), { batchSize: 3 })) {
      seen.push(tokens);
      assert.equal(taken, Math.ceil(seen.length / 3) * 3);
      if (seen.length === 7) break;
    }
    assert.deepEqual(seen[6]?.localTokens, (await v2l.encode(picture(16, 16, 6))).localTokens);
    let decoded = 0;
    for await (const { width } of v2l.decodeAll(seen, { batchSize: 4 })) decoded += width;
    assert.equal(decoded, 7 * 16);
    await assert.rejects(
      v2l.encode(pictures, { batchSize: 0 }),
      fails("INVALID_ARGUMENT", /batch/),
    );
  });

  test("a stream ends with the error of the image that cannot be read", async () => {
    const images = [pictures[0] as (typeof pictures)[0], join(folder, "missing.png")];
    const seen: ImageTokens[] = [];
    await assert.rejects(
      async () => {
        for await (const one of v2l.encodeAll(images, { batchSize: 1 })) seen.push(one);
      },
      fails("FILE_NOT_FOUND", /missing\.png/),
    );
    assert.equal(seen.length, 1);
  });

  test("decoding refuses ids that do not fit", async () => {
    const { localTokens, globalTokens } = await v2l.encode(pictures[0] as (typeof pictures)[0]);
    const bad = (tokens: unknown) => v2l.decode(tokens as TokenIds);
    const code = "INVALID_ARGUMENT";
    await assert.rejects(bad({ localTokens }), fails(code, /3 global ids.*as encode\(\) returns/));
    await assert.rejects(
      bad({ localTokens, globalTokens: globalTokens.slice(1) }),
      fails(code, /3 global ids for `globalTokens` but received 2/),
    );
    await assert.rejects(
      bad({ localTokens, globalTokens: [{ id: 7 }, ...globalTokens] }),
      fails(code, /from 0 to 6 for `globalTokens\[0\]\.id` but received 7/),
    );
    const grid = [...localTokens.grid];
    await assert.rejects(
      bad({ localTokens: { grid: grid.slice(1) }, globalTokens }),
      fails(code, /64 ids \(8x8\) for `localTokens.grid` but received 63 ids/),
    );
    for (const id of [-1, 12, 0.5, Number.NaN]) {
      grid[9] = id;
      await assert.rejects(
        bad({ localTokens: { grid }, globalTokens }),
        fails(code, /from 0 to 11 for `localTokens.grid\[9\]`/),
      );
    }
  });

  test("texts become unit embeddings that depend on their words only", async () => {
    const texts = ["a photo of a dog", "A  photo of a DOG", "dog", "photo"];
    const [a, b, c, d] = (await v2l.embedText(texts, { batchSize: 3 })) as Float32Array[];
    for (const row of [a, b, c, d]) {
      assert.equal(row?.length, 8);
      const length = Math.hypot(...(row ?? []));
      assert.ok(Math.abs(length - 1) < 1e-6);
    }
    assert.deepEqual(a, b);
    assert.ok(maxAbsDifference(c as Float32Array, d as Float32Array) > 1e-3);
    assert.deepEqual(await v2l.embedText([]), []);
  });

  test("neighbours point the same way, and are words of the same codebook", async () => {
    // Rows hold (i % 17) / 16 in rows of 8: row 0 is 0 to 7 sixteenths, row 2 is 16, 0, 1, ... 6 of them.
    const rows = Array.from({ length: 12 }, (_, row) =>
      Array.from({ length: 8 }, (_, column) => ((row * 8 + column) % 17) / 16),
    );
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
    const cosine = (a: readonly number[], b: readonly number[]) =>
      dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    const [row] = rows as [number[]];
    const wanted = rows
      .map((other, id) => ({ id, similarity: cosine(row, other) }))
      .slice(1)
      .sort((a, b) => b.similarity - a.similarity);
    const found = await v2l.neighbours("local", 0, 20);
    assert.equal(found.length, 11);
    assert.ok(found.every(({ id, word }) => word === `word ${id}`));
    found.forEach(({ similarity }, i) => {
      assert.ok(Math.abs(similarity - (wanted[i]?.similarity as number)) < 1e-6);
    });
    assert.equal((await v2l.neighbours("global", 6)).length, 6);
    assert.equal(v2l.vocabulary("local")[11], "word 11");
    await assert.rejects(v2l.neighbours("global", 7), fails("INVALID_ARGUMENT", /from 0 to 6/));
    await assert.rejects(v2l.neighbours("local", 0, -1), fails("INVALID_ARGUMENT", /count/));
  });

  test("a bundle whose CLIP has no text half says so", async () => {
    const imageOnly = await loadParts(join(folder, "image-only"), tinyParts());
    await assert.rejects(imageOnly.embedText(["dog"]), fails("UNSUPPORTED", /`bundle`.*tiny/));
    await imageOnly.dispose();
  });

  test("disposing waits for what runs; afterwards everything is refused", async () => {
    const own = await V2L.load(join(folder, "tiny"), { threads: 1 });
    const running = own.encode(pictures[0] as (typeof pictures)[0]);
    // Reading the image comes first; let the networks start.
    const tokens = await running;
    const decoding = own.decode(tokens);
    await Promise.all([own.dispose(), own.dispose()]);
    assert.equal((await decoding).width, 16);
    for (const use of [
      () => own.encode(pictures[0] as (typeof pictures)[0]),
      () => own.decode(tokens),
      () => own.embedText(["dog"]),
    ]) {
      await assert.rejects(use, fails("DISPOSED", /a live V2L/));
    }
    await own[Symbol.asyncDispose]();
  });

  test("a missing bundle is named", async () => {
    await assert.rejects(V2L.load(join(folder, "none")), fails("FILE_NOT_FOUND", /none/));
  });
});
