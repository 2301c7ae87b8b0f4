import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";

/** Pages of which is noted what they ask for and complain of. */
export class WatchedPages {
  /** Addresses that were asked for. */
  readonly addresses: string[] = [];
  /** What was written on consoles, and errors that nobody caught. */
  readonly complaints: string[] = [];

  constructor(private readonly browser: Browser) {}

  /** Opens an address. @param options what a page of its own context has, for instance permissions */
  async open(url: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const page = await this.browser.newPage(options);
    page.on("request", (request) => this.addresses.push(request.url()));
    page.on("console", (message) => this.complaints.push(message.text()));
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    await page.goto(url);
    return page;
  }

  /** Addresses that are not on loopback. */
  get foreign(): string[] {
    const own = /^(http:\/\/127\.0\.0\.1:\d+\/|blob:http:\/\/127\.0\.0\.1|data:)/;
    return this.addresses.filter((address) => !own.test(address));
  }
}

/** Pastes or drops a file on a page, as far as a script can. @param target selector of where */
export async function handPicture(
  page: Page,
  event: "paste" | "drop",
  file: string,
  { name = "picture.png", type = "image/png", target = "body" } = {},
): Promise<void> {
  const base64 = (await readFile(file)).toString("base64");
  await page.evaluate(`{
    const bytes = Uint8Array.from(atob("${base64}"), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], ${JSON.stringify(name)}, { type: "${type}" }));
    const options = { bubbles: true, cancelable: true };
    document.querySelector(${JSON.stringify(target)}).dispatchEvent("${event}" === "paste"
      ? new ClipboardEvent("paste", { ...options, clipboardData: data })
      : new DragEvent("drop", { ...options, dataTransfer: data }));
  }`);
}

/** What a picture or canvas of a page shows, scaled to a square, RGB. @param selector the element's */
export async function shownPixels(page: Page, selector: string, side: number): Promise<number[]> {
  // An image may be in the page before its pixels are.
  const rgba = (await page.evaluate(`(async () => {
    const context = new OffscreenCanvas(${side}, ${side}).getContext("2d", { willReadFrequently: true });
    const shown = document.querySelector(${JSON.stringify(selector)});
    if (shown instanceof HTMLImageElement) await shown.decode();
    context.drawImage(shown, 0, 0, ${side}, ${side});
    return [...context.getImageData(0, 0, ${side}, ${side}).data];
  })()`)) as number[];
  return rgba.filter((_, i) => i % 4 !== 3);
}
