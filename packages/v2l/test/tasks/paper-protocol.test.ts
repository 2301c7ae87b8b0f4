import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readJson, rejects } from "@v2l/testing";
import { type ClassificationTask, classify, isPaperCorrect, paperPrompt } from "v2l";
import { SentencePieceFake } from "./sentencepiece-fake.js";

/** What the official dataset class made of one episode; the last image is the query. */
interface Sample {
  readonly tag: string;
  readonly repeat: number;
  readonly induction: number;
  readonly class_names: readonly string[];
  readonly sorted_classes: readonly string[];
  readonly words: readonly (readonly string[])[];
  readonly prompt_ids: readonly number[];
  readonly target: string;
  readonly out_mask_nonzero: readonly (readonly number[])[];
}

interface Prompts {
  readonly tokenizer: {
    readonly encode: readonly { text: string; ids: number[]; decoded: string }[];
  };
  readonly fewshot: readonly Sample[];
}

const { tokenizer, fewshot } = readJson<Prompts>("prompts.json");

function taskOf({ class_names, words }: Sample): ClassificationTask {
  const examples = words.slice(0, -1).map((one, i) => ({
    words: one,
    output: class_names[i] as string,
  }));
  return { classes: class_names, examples, query: words.at(-1) as string[] };
}

function optionsOf({ induction, repeat }: Sample) {
  return { instruction: induction === 1, repeats: repeat };
}

test("the tokenizer of these tests encodes as the official one", async () => {
  const llm = new SentencePieceFake();
  assert.ok(tokenizer.encode.length >= 28);
  for (const { text, ids, decoded } of tokenizer.encode) {
    assert.deepEqual(await llm.tokenize(text), ids, JSON.stringify(text));
    assert.equal(await llm.detokenize(ids), decoded, JSON.stringify(text));
  }
});

describe("the official few-shot prompt", () => {
  test("there are four samples", () => assert.equal(fewshot.length, 4));

  for (const sample of fewshot) {
    test(`${sample.tag}: all ids and the mask are the official ones`, async () => {
      const llm = new SentencePieceFake();
      const { ids, mask } = await paperPrompt(llm, taskOf(sample), optionsOf(sample));
      assert.deepEqual(ids, sample.prompt_ids);
      assert.deepEqual(mask, sample.out_mask_nonzero);
    });
  }

  test("a class of 16 tokens is refused, one of 15 is not", async () => {
    const llm = new SentencePieceFake();
    const task = (name: string) => ({ classes: ["a", name], examples: [], query: ["dog"] });
    // The piece `▁` and one byte piece for each of these.
    const name = (bytes: number) => "\u0001".repeat(bytes);
    assert.equal((await llm.tokenize(name(14))).length, 15);
    const { mask } = await paperPrompt(llm, task(name(14)));
    assert.deepEqual(mask[15], [2]);
    await rejects(paperPrompt(llm, task(name(15))), "INVALID_ARGUMENT", "at most 15 tokens");
  });
});

describe("the official decoding", () => {
  const [sample] = fewshot as [Sample];
  const other = "tench";

  /** A fake that wants to write `text` after any prompt that ends where the query's output begins. */
  function writer(text: string, ids: readonly number[]): Promise<SentencePieceFake> {
    return new SentencePieceFake().tokenize(text).then((wanted) => {
      return new SentencePieceFake({
        script: (prompt, logits) => {
          const next = wanted[prompt.length - ids.length];
          if (next !== undefined) logits[next] = 50;
        },
      });
    });
  }

  for (const label of [sample.target, other]) {
    test(`a model that answers ${label} is understood`, async () => {
      const llm = await writer(label, sample.prompt_ids);
      const [result] = await classify(llm, [taskOf(sample)], { protocol: "paper" });
      assert.equal(result?.label, label);
      assert.ok(isPaperCorrect(result?.text ?? "", label));
      assert.deepEqual(result?.prompt.ids, sample.prompt_ids);
    });
  }

  test("with an instruction only ids of the mask are generated, without it all may be", async () => {
    const llm = await writer("hello", sample.prompt_ids);
    const [masked] = await classify(llm, [taskOf(sample)], { protocol: "paper" });
    assert.equal(masked?.tokens.length, 4); // the longest class and its end
    masked?.tokens.forEach((id, i) => {
      assert.ok(sample.out_mask_nonzero[i]?.includes(id));
    });
    const bare = fewshot[1] as Sample;
    const free = await writer("hello", bare.prompt_ids);
    const options = { protocol: "paper", instruction: false } as const;
    const [result] = await classify(free, [taskOf(bare)], options);
    assert.equal(result?.tokens.length, 16);
    assert.ok(result?.text.startsWith("hello"));
    assert.equal(result?.label, null);
  });

  test("a text that begins with the class counts, whatever follows", () => {
    assert.ok(isPaperCorrect("goldfish bowl", "goldfish"));
    assert.ok(!isPaperCorrect("a goldfish", "goldfish"));
  });

  test("of classes that begin alike the longer one is the label", async () => {
    const task = { classes: ["tree", "tree_frog"], examples: [], query: ["frog"] };
    const { ids } = await paperPrompt(new SentencePieceFake(), task);
    const [result] = await classify(await writer("tree_frog", ids), [task], { protocol: "paper" });
    assert.equal(result?.label, "tree_frog");
  });
});
