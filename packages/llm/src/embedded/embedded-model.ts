import { expected, V2LError } from "@v2l/nn";
import type { LlamaModel } from "node-llama-cpp";
import { checkGenerate, checkIds, checkNextLogProbs, checkScore } from "../check-arguments.js";
import type {
  CallOptions,
  Generated,
  GenerateItem,
  Ids,
  LanguageModel,
  LanguageModelInfo,
  LanguageModelVocabulary,
  ScoreItem,
} from "../language-model.js";
import { Generation } from "./generation.js";
import type { Candidates, Question } from "./questions.js";
import type { Sequences, Step } from "./sequences.js";
import { waves } from "./waves.js";

/** The parts of an opened model. */
export interface EmbeddedParts {
  readonly info: LanguageModelInfo;
  readonly vocabulary: LanguageModelVocabulary;
  readonly model: LlamaModel;
  /** Special tokens spelled in the text are text. */
  readonly tokenize: (text: string) => number[];
  readonly sequences: Sequences;
  /** Frees context, model and backend. */
  readonly dispose: () => Promise<void>;
}

/** A language model run by llama.cpp in this process. Made by `openEmbedded`. */
export class EmbeddedModel implements LanguageModel {
  readonly info: LanguageModelInfo;
  readonly #parts: EmbeddedParts;
  /** Settles when every call so far has ended: calls run one after another. */
  #calls: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(parts: EmbeddedParts) {
    this.#parts = parts;
    this.info = parts.info;
  }

  async vocabulary(): Promise<LanguageModelVocabulary> {
    this.#checkOpen();
    return this.#parts.vocabulary;
  }

  async tokenize(text: string): Promise<number[]> {
    this.#checkOpen();
    return this.#parts.tokenize(text);
  }

  async detokenize(ids: Ids): Promise<string> {
    this.#checkOpen();
    checkIds(this.info, ids, "ids");
    return this.#parts.model.detokenize(ids as Parameters<LlamaModel["detokenize"]>[0], false);
  }

  async nextLogProbs(
    prompts: readonly Ids[],
    ids: Ids | readonly Ids[],
    options?: CallOptions,
  ): Promise<Float32Array[]> {
    this.#checkOpen();
    const asked = checkNextLogProbs(this.info, prompts, ids);
    const items = prompts.map((prompt, i) => ({ prompt, question: { ids: asked[i] as Ids } }));
    return this.#inWaves(items, options, async (wave) => {
      const answers = await this.#readPrompts(wave.map((item, slot) => ({ slot, ...item })));
      return answers.map(({ logProbs }) => Float32Array.from(logProbs));
    });
  }

  async score(items: readonly ScoreItem[], options?: CallOptions): Promise<Float32Array[][]> {
    this.#checkOpen();
    checkScore(this.info, items);
    return this.#inWaves(items, options, (wave) => this.#scoreWave(wave));
  }

  async generate(items: readonly GenerateItem[], options?: CallOptions): Promise<Generated[]> {
    this.#checkOpen();
    checkGenerate(this.info, items);
    return this.#inWaves(items, options, (wave) => this.#generateWave(wave, options?.signal));
  }

  close(): Promise<void> {
    this.#closing ??= this.#calls.then(() => this.#parts.dispose());
    return this.#closing;
  }

  /** The distribution after each prompt. */
  async #readPrompts(
    prompts: readonly {
      readonly slot: number;
      readonly prompt: Ids;
      readonly question: Question;
    }[],
  ): Promise<Candidates[]> {
    const { sequences } = this.#parts;
    const steps: Step[] = [];
    for (const { slot, prompt, question } of prompts) {
      const tokens = prompt.slice(await sequences.begin(slot, prompt));
      steps.push({ slot, tokens, questions: [...tokens.slice(1).map(() => undefined), question] });
    }
    return (await sequences.evaluate(steps)).map((answers) => answers[0] as Candidates);
  }

  /**
   * First tokens of all continuations at once, then what follows them, one continuation of each item at
   * a time, long ones first: llama.cpp takes sequences together as far as they are equally long.
   */
  async #scoreWave(wave: readonly ScoreItem[]): Promise<Float32Array[][]> {
    const { sequences } = this.#parts;
    const firsts = await this.#readPrompts(
      wave.map(({ prefix, continuations }, slot) => {
        const ids = new Set(continuations.flatMap((each) => each.slice(0, 1)));
        return { slot, prompt: prefix, question: { ids: [...ids] } };
      }),
    );
    const scores = wave.map(({ continuations }, slot) => {
      const { ids, logProbs } = firsts[slot] as Candidates;
      const of = new Map(ids.map((id, i) => [id, logProbs[i] as number]));
      return continuations.map((each) => {
        return Float32Array.from(each, (id, i) => (i === 0 ? (of.get(id) as number) : Number.NaN));
      });
    });
    const longer = wave.map(({ continuations }) => {
      const places = [...continuations.keys()];
      const length = (place: number) => continuations[place]?.length as number;
      return places.filter((place) => length(place) > 1).sort((a, b) => length(b) - length(a));
    });
    const turns = Math.max(0, ...longer.map((places) => places.length));
    for (let turn = 0; turn < turns; turn++) {
      const asked = longer.flatMap((places, slot) => {
        const place = places[turn];
        return place === undefined ? [] : [{ slot, place }];
      });
      const steps = asked.map(({ slot, place }): Step => {
        const continuation = wave[slot]?.continuations[place] as Ids;
        const questions = continuation.slice(1).map((id) => ({ ids: [id] }));
        return { slot, tokens: continuation.slice(0, -1), questions };
      });
      for (const { slot } of steps) await sequences.rewind(slot, wave[slot]?.prefix as Ids);
      const answers = await sequences.evaluate(steps);
      for (const [i, { slot, place }] of asked.entries()) {
        answers[i]?.forEach(({ logProbs }, j) => {
          (scores[slot]?.[place] as Float32Array)[j + 1] = logProbs[0] as number;
        });
      }
    }
    return scores;
  }

  async #generateWave(wave: readonly GenerateItem[], signal?: AbortSignal): Promise<Generated[]> {
    const runs = wave.map((item, slot) => new Generation(item, slot));
    let active = runs.filter((run) => !run.done);
    let answers = await this.#readPrompts(
      active.map((run) => ({ slot: run.slot, prompt: run.item.prompt, question: run.question() })),
    );
    while (active.length > 0) {
      for (const [i, run] of active.entries()) run.choose(answers[i] as Candidates);
      active = active.filter((run) => !run.done);
      signal?.throwIfAborted();
      const steps = active.map((run) => run.step());
      answers = (await this.#parts.sequences.evaluate(steps)).map((each) => each[0] as Candidates);
    }
    return runs.map((run) => run.result());
  }

  /**
   * Answers the items in waves of at most as many as there are sequences. Neighbours follow each other
   * on one sequence, because they are the likeliest to begin alike.
   */
  #inWaves<Item, Result>(
    items: readonly Item[],
    { signal, onProgress }: CallOptions = {},
    answer: (wave: readonly Item[]) => Promise<Result[]>,
  ): Promise<Result[]> {
    return this.#afterOthers(async () => {
      const { sequences } = this.#parts;
      const results = new Array<Result>(items.length);
      let done = 0;
      for (const places of waves(items.length, sequences.count)) {
        signal?.throwIfAborted();
        this.#checkOpen();
        try {
          const answers = await answer(places.map((place) => items[place] as Item));
          for (const [i, place] of places.entries()) results[place] = answers[i] as Result;
        } catch (error) {
          await sequences.clear();
          throw error;
        }
        done += places.length;
        onProgress?.(done, items.length);
      }
      return results;
    });
  }

  #afterOthers<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#calls.then(call);
    this.#calls = result.catch(() => undefined);
    return result;
  }

  #checkOpen(): void {
    if (this.#closing === null) return;
    throw new V2LError("DISPOSED", expected("an open model", this.info.id, "a closed one"));
  }
}
