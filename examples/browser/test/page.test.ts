import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  handPicture,
  ISOLATION,
  maxAbsDifference,
  OWN_SERVER_ONLY,
  openChromium,
  type StaticServer,
  serveFolders,
  shownPixels,
  skipWithoutChromium,
  WatchedPages,
} from "@v2l/testing";
import { type ImageTokens, V2L } from "v2l";

const EXAMPLE = fileURLToPath(new URL("../../", import.meta.url));
const SCENES = fileURLToPath(new URL("../../../../fixtures/scenes/", import.meta.url));

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof openChromium>>["newPage"]>>;

describe("the example page", { skip: skipWithoutChromium() }, () => {
  let folder = "";
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let server: StaticServer;
  let page: Page;
  let node: V2L;
  let pages: WatchedPages;

  const scene = (n: number) => join(SCENES, `${n}.png`);
  const status = () => page.getByRole("status");
  const pieces = () => page.locator(".cell").allTextContents();

  async function ready(): Promise<void> {
    await page.getByText(/^Ready: /).waitFor();
  }

  /** The decoded picture as the page shows it, RGB. */
  const painted = () => shownPixels(page, ".grid canvas", 128);

  async function assertShows(tokens: ImageTokens): Promise<void> {
    assert.deepEqual(await pieces(), tokens.localTokens.pieces);
    const { data } = await node.decode(tokens);
    assert.ok(maxAbsDifference(await painted(), data) <= 1);
  }

  async function hand(event: "paste" | "drop", file: string): Promise<void> {
    await handPicture(page, event, file);
    await page.getByText("Computing…").waitFor();
    await ready();
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "v2l-page-"));
    const { build } = await import("vite");
    await build({ root: EXAMPLE, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
    server = await serveFolders({ "/": folder }, { ...ISOLATION, ...OWN_SERVER_ONLY });
    browser = await openChromium();
    pages = new WatchedPages(browser);
    page = await pages.open(server.url);
    node = await V2L.load(undefined, { threads: 1 });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    await node?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("it loads the demo bundle and says where it computes", async () => {
    await ready();
    assert.match((await status().textContent()) ?? "", /on WebAssembly, \w+ threads?$/);
  });

  test("a chosen picture is shown in words, as cells and decoded", async () => {
    await page.getByLabel("Choose, drop or paste a picture").setInputFiles(scene(0));
    await page.locator(".cell").first().waitFor();
    await ready();
    const tokens = await node.encode(scene(0));
    await assertShows(tokens);
    const words = await page.locator(".words li").allTextContents();
    const expected = tokens.globalTokens.map(({ word, similarity }) => {
      return `${word}${similarity.toFixed(3)}`;
    });
    assert.deepEqual(words, expected);
  });

  test("a click on a cell and on a piece changes the picture, undoing brings it back", async () => {
    const tokens = await node.encode(scene(0));
    const before = await painted();
    await page.getByRole("button", { name: /^row 3, column 6:/ }).click();
    await page.getByRole("heading", { name: /^Row 3, column 6:/ }).waitFor();
    const id = 3000;
    const { vocabulary } = JSON.parse(
      `{"vocabulary":${await readFile(join(folder, "demo/local-vocabulary.json"), "utf8")}}`,
    ) as { vocabulary: string[] };
    const piece = vocabulary[id] as string;
    await page.getByLabel("Another piece").fill(piece);
    const found = page.getByRole("list", { name: "Pieces" });
    await found.getByRole("button", { name: piece, exact: true }).first().click();
    await page.locator(".cell.changed").waitFor();
    await ready();
    const grid = tokens.localTokens.grid.slice();
    grid[2 * 16 + 5] = id;
    await assertShows({ ...tokens, localTokens: node.localTokens(grid) });
    assert.ok(maxAbsDifference(await painted(), before) > 10);
    await page.getByRole("button", { name: "Undo all changes" }).click();
    await page.locator(".cell.changed").waitFor({ state: "detached" });
    await ready();
    await assertShows(tokens);
  });

  test("arrow keys walk over the cells, which are one stop of the tab key", async () => {
    await page.getByRole("button", { name: /^row 3, column 6:/ }).focus();
    const focused = () => page.evaluate("document.activeElement.getAttribute('aria-label')");
    for (const [key, place] of [
      ["ArrowRight", "row 3, column 7"],
      ["ArrowDown", "row 4, column 7"],
      ["Home", "row 4, column 1"],
      ["ArrowLeft", "row 4, column 1"],
      ["ArrowUp", "row 3, column 1"],
      ["End", "row 3, column 16"],
    ] as const) {
      await page.keyboard.press(key);
      assert.match(String(await focused()), new RegExp(`^${place}:`));
    }
    await page.getByRole("heading", { name: /^Row 3, column 16:/ }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Undo all changes");
  });

  test("pictures may be pasted, dropped or taken from the demo world", async () => {
    await hand("paste", scene(1));
    await assertShows(await node.encode(scene(1)));
    await hand("drop", scene(0));
    await assertShows(await node.encode(scene(0)));
    await page.getByRole("button", { name: "Scene 3" }).click();
    await page.getByText("Computing…").waitFor();
    await ready();
    await assertShows(await node.encode(scene(2)));
  });

  test("a file that is no picture is told, and the next one works", async () => {
    const input = page.getByLabel("Choose, drop or paste a picture");
    await input.setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("no") });
    await page.getByRole("alert").filter({ hasText: "a readable picture" }).waitFor();
    await input.setInputFiles(scene(1));
    await page.getByRole("alert").waitFor({ state: "detached" });
    await ready();
    await assertShows(await node.encode(scene(1)));
  });

  test("it follows the colours of the system, and fits a telephone", async () => {
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground();
    await page.emulateMedia({ colorScheme: "light" });
    assert.notEqual(await ground(), dark);
    await page.setViewportSize({ width: 360, height: 700 });
    const { scrollWidth } = (await page.evaluate(
      "({ scrollWidth: document.documentElement.scrollWidth })",
    )) as { scrollWidth: number };
    assert.ok(scrollWidth <= 360, `${scrollWidth} pixels`);
  });

  test("it asks its own server only and complains of nothing", () => {
    assert.ok(pages.addresses.length > 5);
    assert.deepEqual(pages.foreign, []);
    assert.deepEqual(pages.complaints, []);
  });
});
