import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Random } from "@v2l/nn";
import { rejects } from "@v2l/testing";
import { type Ids, type LanguageModel, TOKEN_KINDS, vocabularyHash } from "../src/index.js";

export interface ContractOptions {
  /** Most that the same log-probability may differ between two ways to ask for it. Default 1e-5. */
  readonly tolerance?: number;
  /** Prompts of a call that takes more than one batch. Default 40. */
  readonly manyPrompts?: number;
  /** Why the suite is skipped, for node:test. */
  readonly skip?: string | false;
}

/** What each {@link LanguageModel} must do, as tests. The model needs a context of 64 tokens or more. */
export function languageModelContract(
  name: string,
  open: () => Promise<LanguageModel>,
  { tolerance = 1e-5, manyPrompts = 40, skip = false }: ContractOptions = {},
): void {
  describe(`${name} keeps the contract of a language model`, { skip }, () => {
    let model: LanguageModel;
    let material: Material;

    before(async () => {
      model = await open();
      material = await Material.of(model);
    });
    after(() => model?.close());

    const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, what = "") => {
      assert.equal(actual.length, expected.length, what);
      for (let i = 0; i < actual.length; i++) {
        const difference = Math.abs((actual[i] as number) - (expected[i] as number));
        assert.ok(difference <= tolerance, `${what}[${i}]: ${actual[i]} and ${expected[i]}`);
      }
    };

    it("describes its vocabulary", async () => {
      const { pieces, kinds } = await model.vocabulary();
      const { vocabularySize, bos, eos, contextSize } = model.info;
      assert.equal(pieces.length, vocabularySize);
      assert.equal(kinds.length, vocabularySize);
      assert.equal(vocabularyHash(pieces), model.info.vocabularyHash);
      for (const id of [bos, eos]) {
        if (id !== null) assert.equal(kinds[id], TOKEN_KINDS.control, pieces[id]);
      }
      assert.ok(contextSize > 0);
    });

    it("turns text into ids and back, without special tokens", async () => {
      for (const text of ["a photo of a dog.", "é 犬", "<s> and </s>"]) {
        const ids = await model.tokenize(text);
        assert.ok(ids.length > 0);
        assert.ok(!ids.includes(model.info.bos ?? -1), "no bos");
        assert.ok(!ids.includes(model.info.eos ?? -1), "no eos");
        assert.equal(await model.detokenize(ids), text);
      }
      assert.deepEqual(await model.tokenize(""), []);
      assert.equal(await model.detokenize([]), "");
    });

    it("gives control tokens no text", async () => {
      const ids = await model.tokenize("dog");
      const framed = [model.info.bos, ...ids, model.info.eos].filter((id) => id !== null);
      assert.equal((await model.detokenize(framed)).trim(), "dog");
    });

    it("gives one normalised distribution over the whole vocabulary", async () => {
      const all = Array.from({ length: model.info.vocabularySize }, (_, id) => id);
      const [logProbs] = await model.nextLogProbs([material.prompt(6)], all);
      const sum = (logProbs as Float32Array).reduce((total, each) => total + Math.exp(each), 0);
      // A float32 logarithm near -10 is exact to 1e-6, and so is the sum of all probabilities.
      assert.ok(Math.abs(sum - 1) < Math.max(1e-4, tolerance), `probabilities sum to ${sum}`);
    });

    it("answers prompts in their order, the same in one call as alone", async () => {
      const prompts = Array.from({ length: 5 }, (_, i) => material.prompt(3 + i));
      const ids = material.ids(4);
      const together = await model.nextLogProbs(prompts, ids);
      assert.equal(together.length, prompts.length);
      for (const [i, prompt] of prompts.entries()) {
        const [alone] = await model.nextLogProbs([prompt], ids);
        close(together[i] as Float32Array, alone as Float32Array, `prompt ${i}`);
      }
      const [first, second] = together as [Float32Array, Float32Array];
      assert.notDeepEqual(first, second, "different prompts, different log-probabilities");
    });

    it("takes one list of ids per prompt, in any order and with repeats", async () => {
      const prompts = [material.prompt(4), material.prompt(5)];
      const ids = material.ids(3) as [number, number, number];
      const lists = [[ids[2], ids[0], ids[2]], [ids[1]]];
      const [first, second] = (await model.nextLogProbs(prompts, lists)) as Pair;
      const [a, b] = (await model.nextLogProbs(prompts, ids)) as Pair;
      close(first, [a[2] as number, a[0] as number, a[2] as number]);
      close(second, [b[1] as number]);
    });

    it("scores one token as nextLogProbs does, and longer continuations token by token", async () => {
      const prefix = material.prompt(5);
      const [x, y, z] = material.ids(3) as [number, number, number];
      const continuations = [[x], [x, y, z], [y, y], []];
      const [[one, three, twice, none]] = (await model.score([{ prefix, continuations }])) as [
        [Float32Array, Float32Array, Float32Array, Float32Array],
      ];
      const chain = await model.nextLogProbs(
        [prefix, [...prefix, x], [...prefix, x, y], prefix, [...prefix, y]],
        [[x], [y], [z], [y], [y]],
      );
      const [px, py, pz, qy, qyy] = chain.map((each) => each[0] as number) as [
        number,
        number,
        number,
        number,
        number,
      ];
      close(one, [px], "one token");
      close(three, [px, py, pz], "three tokens");
      close(twice, [qy, qyy], "a token twice");
      assert.equal(none.length, 0);
    });

    it("scores many items in their order", async () => {
      const items = Array.from({ length: 3 }, (_, i) => ({
        prefix: material.prompt(4 + i),
        continuations: [material.ids(2), material.ids(1)],
      }));
      const together = await model.score(items);
      for (const [i, item] of items.entries()) {
        const [alone] = await model.score([item]);
        item.continuations.forEach((_, j) => {
          close(together[i]?.[j] as Float32Array, alone?.[j] as Float32Array, `item ${i}, ${j}`);
        });
      }
    });

    it("scores and generates tokens that are no text as it does others", async () => {
      const prefix = material.prompt(5);
      const [x, y] = material.ids(2) as [number, number];
      const { eos } = model.info;
      const continuation = [x, ...material.special, y, ...(eos === null ? [] : [eos, x])];
      const [[scores]] = (await model.score([{ prefix, continuations: [continuation] }])) as [
        [Float32Array],
      ];
      const prompts = continuation.map((_, i) => [...prefix, ...continuation.slice(0, i)]);
      const chain = await model.nextLogProbs(
        prompts,
        continuation.map((id) => [id]),
      );
      close(
        scores,
        chain.map((each) => each[0] as number),
      );
      const allowed = continuation.map((id) => [id]);
      const [answer] = await model.generate([{ prompt: prefix, allowed }]);
      assert.deepEqual(answer?.tokens, continuation);
      close(answer?.logProbs as Float32Array, scores);
    });

    it("generates the likeliest allowed token at each position, with its log-probability", async () => {
      const prompt = material.prompt(5);
      const allowed = [material.ids(3), material.ids(5), null, material.ids(1)];
      const [{ tokens, logProbs }] = (await model.generate([{ prompt, allowed }])) as [Answer];
      assert.equal(tokens.length, allowed.length);
      assert.equal(logProbs.length, allowed.length);
      const all = Array.from({ length: model.info.vocabularySize }, (_, id) => id);
      for (const [i, token] of tokens.entries()) {
        const ids = allowed[i] ?? all;
        assert.ok(ids.includes(token), `token ${i} is allowed`);
        const [next] = (await model.nextLogProbs([[...prompt, ...tokens.slice(0, i)]], ids)) as [
          Float32Array,
        ];
        const likeliest = next.reduce((a, b) => Math.max(a, b));
        close([logProbs[i] as number], [next[ids.indexOf(token)] as number], `token ${i}`);
        close([logProbs[i] as number], [likeliest], `likeliest of position ${i}`);
      }
    });

    it("generates for many prompts in their order", async () => {
      const allowed = [material.ids(4), ...Array.from({ length: 20 }, () => null)];
      const items = Array.from({ length: 4 }, (_, i) => ({
        prompt: material.prompt(3 + i),
        allowed,
      }));
      const together = await model.generate(items);
      assert.equal(together.length, items.length);
      const scores = await model.score(
        items.map((item, i) => ({
          prefix: item.prompt,
          continuations: [together[i]?.tokens as number[]],
        })),
      );
      together.forEach(({ tokens, logProbs }, i) => {
        assert.equal(tokens.length, allowed.length);
        close(logProbs, scores[i]?.[0] as Float32Array, `item ${i}`);
      });
    });

    it("stops after a stop token, which it returns", async () => {
      const prompt = material.prompt(5);
      const [x, y] = material.ids(2) as [number, number];
      const forced = [[x], [y], [x], [x]];
      const [{ tokens, logProbs }] = (await model.generate([
        { prompt, allowed: forced, stop: [y] },
      ])) as [Answer];
      assert.deepEqual(tokens, [x, y]);
      assert.equal(logProbs.length, 2);
      const [nothing] = await model.generate([{ prompt, allowed: [] }]);
      assert.deepEqual(nothing?.tokens, []);
    });

    it("samples the same tokens with the same seed, others with others, within the allowed ids", async () => {
      const prompt = material.prompt(5);
      const ids = material.ids(12);
      const item = (seed: number, topP = 1) => ({
        prompt,
        allowed: [ids, ids, ids, ids, ids, ids],
        sampling: { temperature: 3, topP, seed },
      });
      const seeds = [1, 1, 2, 3, 4];
      const answers = await model.generate(seeds.map((seed) => item(seed)));
      assert.deepEqual(answers[0]?.tokens, answers[1]?.tokens);
      assert.ok(new Set(answers.map((each) => each.tokens.join())).size > 1, "seeds differ");
      for (const { tokens } of answers) assert.ok(tokens.every((token) => ids.includes(token)));
      // The score has neither temperature nor restriction.
      const [scores] = await model.score([
        { prefix: prompt, continuations: [answers[4]?.tokens as number[]] },
      ]);
      close(answers[4]?.logProbs as Float32Array, scores?.[0] as Float32Array);
      // A nucleus that small holds the likeliest token alone.
      const [narrow, greedy] = await model.generate([
        item(5, 1e-6),
        { prompt, allowed: item(5).allowed },
      ]);
      assert.deepEqual(narrow?.tokens, greedy?.tokens);
    });

    it("reports progress up to the number of items", async () => {
      const prompts = Array.from({ length: manyPrompts }, () => material.prompt(4));
      const reports: [number, number][] = [];
      const onProgress = (done: number, total: number) => reports.push([done, total]);
      await model.nextLogProbs(prompts, material.ids(1), { onProgress });
      assert.deepEqual(reports.at(-1), [manyPrompts, manyPrompts]);
      reports.forEach(([done, total], i) => {
        assert.equal(total, manyPrompts);
        assert.ok(done > (reports[i - 1]?.[0] ?? 0), "progress goes forward");
      });
    });

    it("stops when aborted, with the signal's reason, and works afterwards", async () => {
      const reason = new Error("enough");
      const prompts = Array.from({ length: manyPrompts }, () => material.prompt(4));
      const ids = material.ids(1);
      const aborted = AbortSignal.abort(reason);
      const isReason = (error: unknown) => error === reason;
      await assert.rejects(model.nextLogProbs(prompts, ids, { signal: aborted }), isReason);
      const items = prompts.map((prompt) => ({ prompt, allowed: [ids] }));
      await assert.rejects(model.generate(items, { signal: aborted }), isReason);
      const scored = prompts.map((prefix) => ({ prefix, continuations: [ids] }));
      await assert.rejects(model.score(scored, { signal: aborted }), isReason);

      const controller = new AbortController();
      let last = 0;
      const onProgress = (done: number) => {
        last = done;
        controller.abort(reason);
      };
      const call = model.nextLogProbs(prompts, ids, { signal: controller.signal, onProgress });
      await assert.rejects(call, isReason);
      assert.ok(last < manyPrompts, "it stopped before the end");
      assert.equal((await model.nextLogProbs(prompts.slice(0, 2), ids)).length, 2);
    });

    it("refuses empty prompts, unknown ids and unusable lists", async () => {
      const { vocabularySize } = model.info;
      const prompt = material.prompt(3);
      const invalid = (promise: Promise<unknown>, ...parts: string[]) =>
        rejects(promise, "INVALID_ARGUMENT", ...parts);
      await invalid(model.nextLogProbs([[]], [0]), "prompts[0]");
      await invalid(model.nextLogProbs([prompt], [vocabularySize]), "ids[0]");
      await invalid(model.nextLogProbs([prompt, [-1]], [0]), "prompts[1]");
      await invalid(model.nextLogProbs([prompt, prompt], [[0]]), "ids");
      await invalid(model.score([{ prefix: [], continuations: [[0]] }]), "prefix");
      await invalid(model.score([{ prefix: prompt, continuations: [[0.5]] }]), "continuations");
      await invalid(model.generate([{ prompt: [], allowed: [null] }]), "prompt");
      await invalid(model.generate([{ prompt, allowed: [[]] }]), "allowed[0]");
      await invalid(model.generate([{ prompt, allowed: [[vocabularySize]] }]), "allowed[0]");
      const sampling = { temperature: -1, topP: 1, seed: 0 };
      await invalid(model.generate([{ prompt, allowed: [null], sampling }]), "temperature");
      await invalid(model.detokenize([vocabularySize]), "ids");
    });

    it("refuses what exceeds the context", async () => {
      const { contextSize } = model.info;
      const [id] = material.ids(1) as [number];
      const full = Array.from({ length: contextSize }, () => id);
      const overflow = (promise: Promise<unknown>) =>
        rejects(promise, "CONTEXT_OVERFLOW", String(contextSize));
      await overflow(model.nextLogProbs([[...full, id]], [id]));
      await overflow(model.score([{ prefix: full, continuations: [[id]] }]));
      await overflow(model.generate([{ prompt: full, allowed: [[id]] }]));
      const [fits] = await model.nextLogProbs([full], [id]);
      assert.ok(Number.isFinite(fits?.[0]), "a prompt as long as the context fits");
    });

    it("answers nothing to no questions", async () => {
      assert.deepEqual(await model.nextLogProbs([], []), []);
      assert.deepEqual(await model.score([]), []);
      assert.deepEqual(await model.generate([]), []);
    });

    it("is unusable after close, which may be repeated", async () => {
      const closed = await open();
      await closed.close();
      await closed.close();
      const prompt = material.prompt(3);
      for (const use of [
        () => closed.vocabulary(),
        () => closed.tokenize("a"),
        () => closed.detokenize([0]),
        () => closed.nextLogProbs([prompt], [0]),
        () => closed.score([{ prefix: prompt, continuations: [[0]] }]),
        () => closed.generate([{ prompt, allowed: [[0]] }]),
      ]) {
        await rejects(use(), "DISPOSED");
      }
    });
  });
}

type Pair = [Float32Array, Float32Array];
type Answer = { tokens: readonly number[]; logProbs: Float32Array };

/** Draws prompts and ids from a model's ordinary tokens. */
class Material {
  readonly #random = new Random(7);

  private constructor(
    private readonly bos: number | null,
    private readonly ordinary: Ids,
    /** A byte of a character and an ASCII byte, where the vocabulary has them. */
    readonly special: Ids,
  ) {}

  static async of(model: LanguageModel): Promise<Material> {
    const { pieces, kinds } = await model.vocabulary();
    const ordinary = [...kinds.keys()].filter((id) => kinds[id] === TOKEN_KINDS.normal);
    assert.ok(ordinary.length >= 12, "a vocabulary of 12 ordinary tokens or more");
    const special = ["<0xE7>", "<0x0A>"].map((piece) => pieces.indexOf(piece));
    return new Material(
      model.info.bos,
      ordinary,
      special.filter((id) => id >= 0),
    );
  }

  /** A new prompt of `length` tokens, bos included. */
  prompt(length: number): number[] {
    const start = this.bos === null ? [] : [this.bos];
    const rest = Array.from({ length: length - start.length }, () => this.#draw());
    return [...start, ...rest];
  }

  /** `count` different ids. */
  ids(count: number): number[] {
    const ids = new Set<number>();
    while (ids.size < count) ids.add(this.#draw());
    return [...ids];
  }

  #draw(): number {
    return this.ordinary[this.#random.integer(this.ordinary.length)] as number;
  }
}
