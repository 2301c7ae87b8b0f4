import { Random } from "@v2l/nn";
import { chooseToken } from "../choose-token.js";
import type { Generated, GenerateItem } from "../language-model.js";
import type { Candidates, Question } from "./questions.js";
import type { Step } from "./sequences.js";

/** One item on its way to its result. */
export class Generation {
  readonly #random: Random;
  readonly #tokens: number[] = [];
  readonly #logProbs: number[] = [];
  #stopped = false;

  constructor(
    readonly item: GenerateItem,
    readonly slot: number,
  ) {
    this.#random = new Random(item.sampling?.seed ?? 0);
  }

  get done(): boolean {
    return this.#stopped || this.#tokens.length === this.item.allowed.length;
  }

  /** What must be known to choose the next token. */
  question(): Question {
    const ids = this.item.allowed[this.#tokens.length];
    if (ids) return { ids };
    return (this.item.sampling?.temperature ?? 0) > 0 ? "all" : "likeliest";
  }

  choose({ ids, logProbs }: Candidates): void {
    const choice = chooseToken(logProbs, this.item.sampling, this.#random);
    const token = ids[choice] as number;
    this.#tokens.push(token);
    this.#logProbs.push(logProbs[choice] as number);
    this.#stopped = this.item.stop?.includes(token) ?? false;
  }

  step(): Step {
    const last = this.#tokens.slice(-1);
    return { slot: this.slot, tokens: last, questions: [this.question()] };
  }

  result(): Generated {
    return { tokens: this.#tokens, logProbs: Float32Array.from(this.#logProbs) };
  }
}
