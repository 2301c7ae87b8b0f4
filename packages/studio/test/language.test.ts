import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { handPicture, maxAbsDifference, shownPixels, skipWithoutChromium } from "@v2l/testing";
import { damageImage, loadImage } from "v2l";
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

describe("the studio and the language model", { skip: skipWithoutChromium() }, () => {
  let studio: Studio;
  let page: Page;

  before(async () => {
    studio = await Studio.start();
    page = await studio.open();
    await page.getByLabel("Choose, drop or paste a picture").setInputFiles(picture(0));
    await page.getByText("0.png").waitFor();
    await settled(page);
  });
  after(() => studio?.close());

  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const radio = (name: string) => page.getByRole("radio", { name });
  const shown = (title: string) => shownPixels(page, `img[alt="${title} picture"]`, 128);

  /** What a request to the API asked for, when an action sends it. */
  async function asked(path: string, act: () => Promise<void>): Promise<Record<string, unknown>> {
    const [request] = await Promise.all([
      page.waitForRequest((each) => each.url().endsWith(path)),
      act(),
    ]);
    return request.postDataJSON() as Record<string, unknown>;
  }

  /** Restores, and waits for the end. */
  async function restore(): Promise<Record<string, unknown>> {
    const request = await asked("/api/restore", () => button("Restore").click());
    await page.locator(".results").waitFor({ timeout: 60_000 });
    return request;
  }

  async function assertNear(pixels: readonly number[], image: { readonly data: Uint8Array }) {
    assert.ok(maxAbsDifference(pixels, image.data) <= 1);
  }

  test("a painted mask is filled in token by token, and the rest stays", async () => {
    await page.getByRole("tab", { name: "Restore" }).click();
    await page.getByText("64 cells hidden").waitFor();
    await button("None").click();
    assert.equal(await button("Restore").isDisabled(), true);
    const row = 6 * WIDTH;
    await brush(page, [row + 4, row + 9]);
    await brush(page, [row + WIDTH + 4, row + WIDTH + 9]);
    await page.getByText("12 cells hidden").waitFor();
    // A stroke that begins on a hidden cell shows cells again.
    await brush(page, [row + 9]);
    await page.getByText("11 cells hidden").waitFor();
    await brush(page, [row + 9]);
    await screenshot(page, "mask");
    const done: string[] = [];
    await page.exposeFunction("note", (text: string) => done.push(text));
    await page.evaluate(`new MutationObserver(() => {
      const text = document.querySelector(".progress [role=status]")?.textContent;
      if (text) window.note(text);
    }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
    const request = await restore();
    const cells = [0, 1].flatMap((line) =>
      Array.from({ length: 6 }, (_, i) => row + line * WIDTH + 4 + i),
    );
    assert.deepEqual(request.mask, cells);
    assert.ok(!JSON.stringify(request.references).includes(String(request.image)));
    const counts = new Set(done.map((text) => /^(\d+) of 12 tokens/.exec(text)?.[1]));
    for (const count of ["2", "4", "6", "8", "10", "12"]) assert.ok(counts.has(count), count);
    await assertNear(await shown("Original"), await loadImage(picture(0)));
    assert.ok(maxAbsDifference(await shown("Damaged"), await shown("Original")) > 0);
    assert.equal(maxAbsDifference(await onStage(page), await shown("Restored")), 0);
    await screenshot(page, "inpainted");
  });

  test("what was restored can be downloaded, and its words edited", async () => {
    const png = await downloaded(page, () => button("Picture").click());
    assert.equal(png.name, "0-restored.png");
    const restored = await shown("Restored");
    await assertNear(restored, await loadImage(png.bytes));
    const json = await downloaded(page, () => button("Words").click());
    const { localTokens } = studio.v2l.parseTokens(json.bytes.toString());
    await button("Edit its words").click();
    await settled(page);
    assert.deepEqual(await pieces(page), localTokens.pieces);
    assert.ok(maxAbsDifference(await onStage(page), restored) <= 1);
    await button("Reset").click();
    await page.getByRole("tab", { name: "Restore" }).click();
  });

  test("sides are hidden and written again, or added to the picture", async () => {
    await radio("Fast").check();
    await radio("Outpaint").check();
    await page.getByLabel("Cells at the bottom").fill("2");
    await page.getByLabel("Cells left").fill("1");
    const hidden = await restore();
    const mask = hidden.mask as number[];
    // Two rows of 16, and one cell of each of the other 14 rows.
    assert.equal(mask.length, 2 * WIDTH + 14);
    assert.equal(hidden.damage, true);
    await screenshot(page, "outpainted");
    await radio("Extend the picture").check();
    await screenshot(page, "extend");
    const extended = await restore();
    assert.deepEqual(extended.margins, { left: 1, right: 0, top: 0, bottom: 2 });
    assert.equal(extended.mask, undefined);
    assert.equal(await page.getByAltText("Original picture").count(), 0);
    await screenshot(page, "extended");
  });

  test("a picture is blurred, shifted or turned first, then repaired", async () => {
    const { manifest } = studio.v2l;
    const clean = await loadImage(picture(0));
    await radio("Deblur").check();
    await radio("Blur it first").check();
    await page.getByLabel("Side of the blur, in pixels").fill("7");
    await restore();
    const blurred = damageImage(clean, "deblur", manifest, { blur: { kernel: 7 } });
    await assertNear(await shown("Damaged"), blurred.degraded);
    await assertNear(await shown("Original"), clean);
    await screenshot(page, "deblurred");
    await radio("Unshift").check();
    await page.getByLabel("Cells to the left and up").fill("3");
    const shifted = await restore();
    assert.deepEqual(shifted.shift, { right: 3, down: 3 });
    await screenshot(page, "unshifted");
    await radio("Unrotate").check();
    await restore();
    const turned = damageImage(clean, "rotation", manifest, {});
    await assertNear(await shown("Damaged"), turned.degraded);
    await screenshot(page, "unrotated");
  });

  test("a picture that is damaged already is repaired as it is", async () => {
    await radio("It is turned").check();
    const turned = await restore();
    assert.equal(turned.damage, false);
    assert.equal(await page.getByAltText("Original picture").count(), 0);
    await radio("Unshift").check();
    await page.getByLabel("Cells to the left").fill("3");
    await page.getByLabel("Cells up").fill("1");
    const shifted = await restore();
    assert.deepEqual([shifted.damage, shifted.shift], [false, { right: 3, down: 1 }]);
  });

  test("a restoration can be stopped", async () => {
    await radio("Inpaint").check();
    // Long enough for a click on the way.
    await button("Left half").click();
    await radio("Token by token").check();
    await button("Restore").click();
    await page.getByText(/^\d+ of 128 tokens/).waitFor();
    await button("Stop").click();
    await button("Restore").waitFor();
    assert.equal(await page.locator(".results").count(), 0);
    assert.deepEqual(await page.getByRole("alert").allTextContents(), []);
  });

  test("an episode is built by dragging, by picking and by dropping files, and classified", async () => {
    await page.getByRole("tab", { name: "Recognise" }).click();
    const classes = page.getByRole("group", { name: /^Class / });
    const names = page.getByLabel("Name of the class");
    await names.nth(0).fill("cat");
    await names.nth(1).fill("food");
    await button("Pick cat-2").dragTo(classes.nth(0));
    await page.getByRole("button", { name: "Take cat-2 out of cat" }).waitFor();
    await button("Pick pizza-2").click();
    await button("Put it here: food").click();
    await page.getByRole("button", { name: "Take pizza-2 out of food" }).waitFor();
    const target = ".class-card:nth-of-type(2)";
    await handPicture(page, "drop", picture(1), { name: "more.png", target });
    await page.getByRole("button", { name: "Take more.png out of food" }).click();
    await button("Add a class").click();
    await names.nth(2).fill("space");
    await button("Pick rocket").click();
    await button("Put it here: space").press("Enter");
    // The picture that is asked about stayed the same though a file was dropped.
    const request = await asked("/api/classify", () => button("Classify").click());
    assert.deepEqual(request.classes, ["cat", "food", "space"]);
    const examples = request.examples as { image: string; label: string }[];
    assert.deepEqual(examples, [
      { image: "scene:cat-2", label: "cat" },
      { image: "scene:pizza-2", label: "food" },
      { image: "scene:rocket", label: "space" },
    ]);
    const choices = page.locator(".choices li");
    await choices.first().waitFor();
    const percents = await page.locator(".choices .number").allTextContents();
    const sum = percents.reduce((all, text) => all + Number.parseFloat(text.replace("<", "")), 0);
    assert.ok(Math.abs(sum - 100) < 0.5, percents.join());
    const prompt = (await page.locator("#panel-Recognise .prompt pre").textContent()) ?? "";
    assert.match(prompt, /the output is one of: cat, food, space\.\nInput: .+ Output: cat\n/);
    assert.match(prompt, /Output:$/);
    await screenshot(page, "recognised");
    const json = await downloaded(page, () => button("Result").click());
    assert.equal(json.name, "0-recognised.json");
    assert.equal(JSON.parse(json.bytes.toString()).prompt.text, prompt);
  });

  test("the demo scenes make an episode by themselves, and a cat is recognised", async () => {
    await button("Scene cat").click();
    await page.getByAltText("The picture to recognise").waitFor();
    await button("Make classes of the demo scenes").click();
    assert.equal(await page.getByRole("button", { name: /^Take / }).count(), 6);
    await button("Remove class pizza").click();
    await button("Classify").click();
    await page.locator(".answer strong", { hasText: "cat" }).waitFor();
  });

  test("questions are answered, freely or by choice, with the prompt; captions too", async () => {
    await page.getByRole("tab", { name: "Ask" }).click();
    const cards = page.locator(".answer-card");
    const question = page.getByRole("textbox", { name: "Question" });
    await button("How many things are there?").click();
    const free = await asked("/api/ask", () => question.press("Enter"));
    assert.equal((free.examples as unknown[]).length, 4);
    await cards.nth(0).waitFor();
    assert.match((await cards.first().locator(".answer").textContent()) ?? "", /\w/);
    await page.getByLabel(/^Answers to choose from/).fill("a cat, a rocket");
    await question.fill("What is it?");
    await page.getByLabel("Show the model four demo scenes").uncheck();
    const chosen = await asked("/api/ask", () => button("Ask").click());
    assert.deepEqual(chosen.answers, ["a cat", "a rocket"]);
    assert.deepEqual(chosen.examples, []);
    await cards.nth(1).waitFor();
    assert.equal(await cards.first().locator(".choices li").count(), 2);
    await button("Caption").click();
    await cards.nth(2).waitFor();
    await cards.first().getByText("The prompt").click();
    assert.match((await cards.first().locator("pre").textContent()) ?? "", /Caption:$/);
    await screenshot(page, "asked");
    const json = await downloaded(page, () => button("Answers").click());
    const answers = JSON.parse(json.bytes.toString()) as { question: string | null }[];
    assert.deepEqual(
      answers.map(({ question }) => question),
      [null, "What is it?", "How many things are there?"],
    );
  });

  test("nothing was asked of others, and nothing was complained of", () => {
    assert.deepEqual(studio.pages.foreign, []);
    assert.deepEqual(studio.pages.complaints, []);
  });
});
