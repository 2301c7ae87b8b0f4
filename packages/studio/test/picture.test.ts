import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { handPicture, maxAbsDifference, shownPixels, skipWithoutChromium } from "@v2l/testing";
import { type ImageTokens, loadImage, type TokenIds } from "v2l";
import {
  brush,
  downloaded,
  onStage,
  type Page,
  picture,
  pieces,
  Studio,
  screenshot,
  settled,
} from "./support.js";

/** Cells in a row of the demo bundle. */
const WIDTH = 16;

describe("the studio's picture", { skip: skipWithoutChromium() }, () => {
  let studio: Studio;
  let page: Page;

  before(async () => {
    studio = await Studio.start();
    page = await studio.open();
  });
  after(() => studio?.close());

  /** The page shows a picture in the words that the library finds. */
  async function assertShows(file: string): Promise<ImageTokens> {
    await settled(page);
    const tokens = await studio.v2l.encode(file);
    assert.deepEqual(await pieces(page), tokens.localTokens.pieces);
    await assertDecoded(tokens);
    return tokens;
  }

  async function assertDecoded(tokens: TokenIds): Promise<void> {
    const { data } = await studio.v2l.decode(tokens);
    assert.ok(maxAbsDifference(await onStage(page), data) <= 1);
  }

  const words = () => page.locator(".words .word").allTextContents();
  const cell = (row: number, column: number) =>
    page.getByRole("button", { name: new RegExp(`^row ${row}, column ${column}:`) });

  test("it begins with a demo scene, so that nobody sees an empty page", async () => {
    const scenes = page.getByRole("list", { name: "or a demo scene" });
    assert.equal(await scenes.getByRole("button", { pressed: true }).count(), 1);
    assert.equal((await pieces(page)).length, WIDTH * WIDTH);
  });

  test("a chosen picture is shown with its global words, their similarities, and its grid", async () => {
    await page.getByLabel("Choose, drop or paste a picture").setInputFiles(picture(0));
    await page.getByText("0.png").waitFor();
    const tokens = await assertShows(picture(0));
    await page.getByRole("button", { name: "Show all 21" }).click();
    assert.deepEqual(
      await words(),
      tokens.globalTokens.map(({ word }) => word),
    );
    assert.deepEqual(
      await page.locator(".words .number").allTextContents(),
      tokens.globalTokens.map(({ similarity }) => similarity.toFixed(3)),
    );
    await screenshot(page, "picture");
  });

  test("pictures may be dropped, pasted, or taken from the demo world", async () => {
    await handPicture(page, "drop", picture(1), { name: "dropped.png" });
    await page.getByText("dropped.png").waitFor();
    await assertShows(picture(1));
    await handPicture(page, "paste", picture(2), { name: "pasted.png" });
    await page.getByText("pasted.png").waitFor();
    await assertShows(picture(2));
    await page.getByRole("button", { name: "Scene rocket", exact: true }).click();
    await page.locator(".file-name", { hasText: "rocket" }).waitFor();
    await settled(page);
  });

  test("the camera takes a picture, and is switched off", async () => {
    await page.getByRole("button", { name: "Camera" }).click();
    const take = page.getByRole("button", { name: "Take the picture" });
    await page.locator("dialog .primary:enabled").waitFor();
    await screenshot(page, "camera");
    await page.evaluate(`window.tracks = document.querySelector("video").srcObject.getTracks()`);
    await take.click();
    await page.getByText("camera.png").waitFor();
    await settled(page);
    assert.deepEqual(await page.evaluate("window.tracks.map((track) => track.readyState)"), [
      "ended",
    ]);
  });

  test("the pointer on a cell shows its piece and neighbours", async () => {
    await page.getByLabel("Choose, drop or paste a picture").setInputFiles(picture(0));
    await page.getByText("0.png").waitFor();
    const { localTokens } = await assertShows(picture(0));
    const at = 4 * WIDTH + 6;
    await cell(5, 7).hover();
    const hint = page.getByRole("tooltip");
    await hint.locator("li").first().waitFor();
    const id = localTokens.grid[at] as number;
    const near = await studio.v2l.neighbours("local", id, 5);
    assert.equal(await hint.locator("strong").textContent(), localTokens.pieces[at]);
    assert.deepEqual(
      await hint.locator("li").allTextContents(),
      near.map(({ word, similarity }) => `${word} ${similarity.toFixed(2)}`),
    );
    await screenshot(page, "hover");
  });

  test("a click on a cell and on a neighbour replaces its word, and the picture changes; undo and redo", async () => {
    const tokens = await studio.v2l.encode(picture(0));
    const before = await onStage(page);
    await cell(5, 7).click();
    const neighbours = page.getByRole("list", { name: "Neighbours" });
    const at = 4 * WIDTH + 6;
    const near = await studio.v2l.neighbours("local", tokens.localTokens.grid[at] as number, 12);
    await neighbours.getByRole("button").nth(11).click();
    await page.locator(".cell.changed").waitFor();
    await settled(page);
    const grid = tokens.localTokens.grid.slice();
    grid[at] = near[11]?.id as number;
    const changed = { ...tokens, localTokens: studio.v2l.localTokens(grid) };
    assert.deepEqual(await pieces(page), changed.localTokens.pieces);
    await assertDecoded(changed);
    assert.ok(maxAbsDifference(await onStage(page), before) > 1);
    await page.getByRole("button", { name: "Undo" }).click();
    await settled(page);
    await assertDecoded(tokens);
    await page.keyboard.press("Control+Shift+z");
    await settled(page);
    await assertDecoded(changed);
    await page.getByRole("button", { name: "Reset" }).click();
    await settled(page);
    await assertDecoded(tokens);
  });

  test("any piece of the vocabulary can be searched for", async () => {
    const vocabulary = studio.v2l.vocabulary("local");
    const id = vocabulary.indexOf("▁dog");
    await cell(1, 1).click();
    await page.getByLabel("Search all pieces").fill("dog");
    const found = page.getByRole("list", { name: "Pieces" });
    await found.getByRole("button", { name: "▁dog", exact: true }).click();
    await page.locator(".cell.changed").waitFor();
    assert.equal((await pieces(page))[0], vocabulary[id]);
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByLabel("Search all pieces").fill("");
  });

  test("the brush fills the cells of a stroke, also those between two events, as one step", async () => {
    const tokens = await studio.v2l.encode(picture(0));
    await cell(1, 1).click();
    await page.getByRole("radio", { name: "Brush" }).check();
    // The pointer jumps along a row, then down a column.
    const [row, column] = [5 * WIDTH, 12];
    await brush(page, [row + 2, row + column, row + 4 * WIDTH + column]);
    await settled(page);
    const grid = tokens.localTokens.grid.slice();
    for (let i = 2; i <= column; i++) grid[row + i] = grid[0] as number;
    for (let i = 1; i <= 4; i++) grid[row + i * WIDTH + column] = grid[0] as number;
    const brushed = { ...tokens, localTokens: studio.v2l.localTokens(grid) };
    assert.deepEqual(await pieces(page), brushed.localTokens.pieces);
    await assertDecoded(brushed);
    await screenshot(page, "brush");
    await page.getByRole("button", { name: "Undo" }).click();
    await settled(page);
    assert.deepEqual(await pieces(page), tokens.localTokens.pieces);
    await page.getByRole("radio", { name: "Select" }).check();
  });

  test("global words can be swapped and deleted, and the decoder follows", async () => {
    const { v2l } = studio;
    const tokens = await v2l.encode(picture(0));
    const [first, second] = tokens.globalTokens;
    await page.getByRole("button", { name: `Delete ${second?.word}`, exact: true }).click();
    await settled(page);
    const left = tokens.globalTokens.filter((_, i) => i !== 1);
    // The last of 21 is missing: the first stands there again.
    await assertDecoded({ ...tokens, globalTokens: [...left, left[0] as (typeof left)[0]] });
    await page.getByRole("button", { name: `Swap ${first?.word}`, exact: true }).click();
    const vocabulary = v2l.vocabulary("global");
    const shown = new Set(tokens.globalTokens.map(({ word }) => word));
    const other = vocabulary.find((word) => /^\w{4,}$/.test(word) && !shown.has(word)) ?? "";
    await page.getByLabel(`Instead of ${first?.word}`).fill(other);
    const list = page.getByRole("list", { name: "Global words" });
    await list.getByRole("button", { name: other, exact: true }).click();
    await settled(page);
    const swapped = { id: vocabulary.indexOf(other) };
    await assertDecoded({ ...tokens, globalTokens: [swapped, ...left.slice(1), swapped] });
    assert.equal((await words())[0], other);
    await screenshot(page, "words-swapped");
    await page.getByRole("button", { name: "Reset" }).click();
    await settled(page);
    await assertDecoded(tokens);
  });

  test("the decoded picture and the words can be downloaded, and the library reads them", async () => {
    const { v2l } = studio;
    const tokens = await v2l.encode(picture(0));
    const json = await downloaded(page, () => page.getByRole("button", { name: "Words" }).click());
    assert.equal(json.name, "0-tokens.json");
    const read = v2l.parseTokens(json.bytes.toString());
    assert.deepEqual(read.localTokens, tokens.localTokens);
    const png = await downloaded(page, () =>
      page.getByRole("button", { name: "Picture", exact: true }).click(),
    );
    assert.equal(png.name, "0-decoded.png");
    const { data } = await loadImage(png.bytes);
    assert.equal(maxAbsDifference(data, (await v2l.decode(tokens)).data), 0);
  });

  test("the original can be looked at under the same grid", async () => {
    await page.getByRole("radio", { name: "Original" }).check();
    await page.getByAltText("The square of the picture that became words").waitFor();
    const { data } = await loadImage(picture(0));
    assert.deepEqual(await shownPixels(page, ".stage .grid img", 128), [...data]);
    await page.getByRole("radio", { name: "From words" }).check();
  });

  test("with its switch on, the browser alone encodes and decodes, to the same words", async () => {
    const asked: string[] = [];
    const note = (request: { url(): string }) => asked.push(new URL(request.url()).pathname);
    await page.getByRole("switch", { name: /Compute in this browser/ }).check();
    await page.getByText(/In this browser: WebAssembly/).waitFor();
    await settled(page);
    page.on("request", note);
    await page.getByLabel("Choose, drop or paste a picture").setInputFiles(picture(1));
    await page.getByText("1.png").waitFor();
    await assertShows(picture(1));
    await cell(3, 3).click();
    await page.getByRole("list", { name: "Neighbours" }).getByRole("button").nth(5).click();
    await page.locator(".cell.changed").waitFor();
    await settled(page);
    page.off("request", note);
    assert.ok(!asked.includes("/api/encode") && !asked.includes("/api/decode"), asked.join());
    await screenshot(page, "in-this-browser");
    await page.getByRole("switch", { name: /Compute in this browser/ }).uncheck();
    await page.getByText("On the server").waitFor();
  });

  test("a file that is no picture is told in words, and the next one works", async () => {
    const input = page.getByLabel("Choose, drop or paste a picture");
    await input.setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("no") });
    await page.getByRole("alert").filter({ hasText: "Expected a picture (PNG, JPEG" }).waitFor();
    await screenshot(page, "no-picture");
    const text = { name: "package.json", type: "application/json" };
    await handPicture(
      page,
      "drop",
      fileURLToPath(import.meta.resolve("axe-core/package.json")),
      text,
    );
    await page.getByRole("alert").filter({ hasText: "Expected a picture (PNG, JPEG" }).waitFor();
    // More than the server takes.
    const large = { name: "large.png", mimeType: "image/png", buffer: Buffer.alloc(20_000_000) };
    await input.setInputFiles(large);
    await page.getByRole("alert").filter({ hasText: "more than this server takes" }).waitFor();
    await input.setInputFiles(picture(2));
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByText("2.png").waitFor();
    await assertShows(picture(2));
  });

  test("keys reach everything: arrows walk over the cells, Enter selects and paints", async () => {
    await cell(3, 3).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { name: "Cell row 4, column 4" }).waitFor();
    const label = () => page.evaluate("document.activeElement.getAttribute('aria-label')");
    assert.match(String(await label()), /^row 4, column 4: /);
    await page.getByRole("radio", { name: "Brush" }).check();
    await page.getByLabel("Search all pieces").fill("dog");
    const found = page.getByRole("list", { name: "Pieces" });
    await found.getByRole("button", { name: "▁dog", exact: true }).press("Enter");
    await cell(4, 4).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Space");
    await settled(page);
    assert.deepEqual((await pieces(page)).slice(3 * WIDTH + 3, 3 * WIDTH + 5), ["▁dog", "▁dog"]);
  });

  test("all of it asked its own server only, and the console stayed silent but for what was refused", async () => {
    assert.ok(studio.pages.addresses.length > 20);
    assert.deepEqual(studio.pages.foreign, []);
    const other = studio.pages.complaints.filter((text) => !/status of 4(00|13)/.test(text));
    assert.deepEqual(other, []);
  });
});
