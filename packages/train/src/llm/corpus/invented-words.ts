import type { Random } from "@v2l/nn";
import { pick, randomFor } from "../../run/random.js";
import type { Part } from "./document.js";

const ONSETS =
  "b bl br d dr f fl fr g gl gr h j k kl kr l m n p pl pr qu r s sk sl sn sp st t th tr v w y z zh".split(
    " ",
  );
const VOWELS = "a e i o u ai au ee oa oo ou".split(" ");
const CODAS = "b ck d ff g k l ll lt m mp n nd ng nt p pt r rb rk rt s sh sk st t x zz".split(" ");

/** Share of invented words and concepts that training never uses in an episode. */
const HELD_OUT = 0.1;

/** Whether a word or concept belongs to the validation part; it follows from its spelling. */
export function isHeldOut(word: string): boolean {
  return randomFor(0, `held-out/${word}`).uniform() < HELD_OUT;
}

/** A word of one to three random syllables. A few happen to be English. */
export function inventedWord(random: Random, part: Part): string {
  for (;;) {
    const count = 1 + random.integer(3);
    let word = "";
    for (let i = 1; i <= count; i++) word += syllable(random, i === count);
    if (isHeldOut(word) === (part === "validation")) return word;
  }
}

function syllable(random: Random, last: boolean): string {
  const coda = last || random.uniform() < 0.3 ? pick(random, CODAS) : "";
  return pick(random, ONSETS) + pick(random, VOWELS) + coda;
}
