import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LanguageModel, openEmbedded } from "@v2l/llm";
import { type RunningServer, type ServerOptions, startServer } from "@v2l/server";
import { openChromium, shownPixels, WatchedPages } from "@v2l/testing";
import { V2L } from "v2l";

export type Page = Awaited<ReturnType<WatchedPages["open"]>>;
type Browser = Awaited<ReturnType<typeof openChromium>>;

/** Where screenshots are kept: `V2L_SCREENSHOTS`, or beside the compiled tests. */
const SCREENSHOTS =
  process.env.V2L_SCREENSHOTS ?? fileURLToPath(new URL("../screenshots/", import.meta.url));

/** The camera of a test, and leave to use it. */
const CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** Pictures that the demo bundle has not seen. */
export const PICTURES = fileURLToPath(new URL("../../../../fixtures/scenes/", import.meta.url));

export const picture = (n: number) => join(PICTURES, `${n}.png`);

/** The studio as `v2l serve` serves it, with the demo bundle and its language model, in a browser. */
export class Studio {
  private constructor(
    readonly server: RunningServer,
    readonly v2l: V2L,
    readonly llm: LanguageModel,
    readonly browser: Browser,
    readonly pages: WatchedPages,
  ) {}

  static async start(): Promise<Studio> {
    const v2l = await V2L.load(undefined, { threads: 1 });
    const llm = await openEmbedded(join(v2l.path, "llm.gguf"), { threads: 1 });
    const server = await startServer({ v2l, llm, warmUp: true });
    const browser = await openChromium(CAMERA);
    return new Studio(server, v2l, llm, browser, new WatchedPages(browser));
  }

  /** Opens the page and waits until the first demo scene is there, in words. */
  async open(options: Parameters<WatchedPages["open"]>[1] = {}): Promise<Page> {
    const page = await this.pages.open(this.server.url, { ...options, acceptDownloads: true });
    page.setDefaultTimeout(30_000);
    await settled(page);
    return page;
  }

  /** Another server with the same models. */
  serve(options: Partial<ServerOptions>): Promise<RunningServer> {
    return startServer({ v2l: this.v2l, llm: this.llm, ...options });
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close(0);
    await this.llm.close();
    await this.v2l.dispose();
  }
}

/** The panel of the selected tab. */
const PANEL = "[role=tabpanel]:not([hidden])";

/** Waits until the picture and its words are there, and nothing is computed. */
export async function settled(page: Page): Promise<void> {
  await page.locator(`${PANEL} .stage[aria-busy=false] .grid img`).waitFor();
  // A change is noticed by the next rendering.
  await page.waitForTimeout(60);
  await page.locator(`${PANEL} .stage[aria-busy=false] .grid img`).waitFor();
}

/** The pieces of all cells. */
export function pieces(page: Page): Promise<string[]> {
  return page.locator(`${PANEL} .cell`).allTextContents();
}

/** The picture on the stage, RGB. */
export function onStage(page: Page): Promise<number[]> {
  return shownPixels(page, `${PANEL} .stage .grid img`, 128);
}

/** Keeps what the page looks like. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** The contents and the name of the file that an action downloads. */
export async function downloaded(
  page: Page,
  act: () => Promise<void>,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The centre of a cell, in pixels of the window. */
export async function centreOf(page: Page, cell: number): Promise<{ x: number; y: number }> {
  const box = await page.locator(`${PANEL} .cell`).nth(cell).boundingBox();
  if (box === null) throw new Error(`no cell ${cell}`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Draws a stroke over cells. */
export async function brush(page: Page, cells: readonly number[]): Promise<void> {
  const [first, ...others] = await Promise.all(cells.map((cell) => centreOf(page, cell)));
  if (first === undefined) return;
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of others) await page.mouse.move(x, y);
  await page.mouse.up();
}
