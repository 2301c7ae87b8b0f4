import assert from "node:assert/strict";
import { test } from "node:test";
import type { LlamaContextSequence } from "node-llama-cpp";
import { Sequences } from "../src/embedded/sequences.js";

/** Stands in for llama.cpp's sequence: it holds tokens and notes which it was given together. */
class RecordedSequence {
  held: number[] = [];
  readonly evaluated: number[][] = [];

  get nextTokenIndex(): number {
    return this.held.length;
  }

  compareContextTokens(tokens: number[]): { firstDifferentIndex: number } {
    const index = this.held.findIndex((token, i) => token !== tokens[i]);
    return { firstDifferentIndex: index < 0 ? this.held.length : index };
  }

  async adaptStateToTokens(tokens: number[]): Promise<void> {
    this.held = this.held.slice(0, this.compareContextTokens(tokens).firstDifferentIndex);
  }

  async controlledEvaluate(tokens: number[]): Promise<[]> {
    this.evaluated.push(tokens);
    this.held.push(...tokens);
    return [];
  }
}

function recorded(blockSize: number) {
  const sequence = new RecordedSequence();
  const sequences = new Sequences([sequence as unknown as LlamaContextSequence], blockSize, 100);
  const ask = async (prompt: number[]) => {
    sequence.evaluated.length = 0;
    const held = await sequences.begin(0, prompt);
    const tokens = prompt.slice(held);
    await sequences.evaluate([{ slot: 0, tokens, questions: [] }]);
    return sequence.evaluated.map((each) => each.join(" "));
  };
  return { sequence, sequences, ask };
}

test("whole blocks are evaluated alone, the rest with the wave", async () => {
  const { ask } = recorded(3);
  assert.deepEqual(await ask([1, 2, 3, 4, 5, 6, 7, 8]), ["1 2 3", "4 5 6", "7 8"]);
  // The last token is never part of a block: something must be left to ask about.
  assert.deepEqual(await recorded(3).ask([1, 2, 3, 4, 5, 6]), ["1 2 3", "4 5 6"]);
  assert.deepEqual(await recorded(3).ask([1]), ["1"]);
});

test("later prompts reuse the blocks they share, and only blocks", async () => {
  const { ask, sequence } = recorded(3);
  await ask([1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(await ask([1, 2, 3, 4, 5, 6, 7, 9]), ["7 9"], "two blocks and one token shared");
  assert.deepEqual(await ask([1, 2, 3, 4, 9, 9, 9]), ["4 9 9", "9"], "one block shared");
  assert.deepEqual(await ask([1, 2, 9, 4]), ["1 2 9", "4"], "less than a block shared");
  assert.deepEqual(sequence.held, [1, 2, 9, 4]);
});

test("what was evaluated with others is not reused as a block", async () => {
  const { ask } = recorded(3);
  assert.deepEqual(await ask([1, 2, 3]), ["1 2 3"]);
  assert.deepEqual(await ask([1, 2, 3, 4]), ["1 2 3", "4"]);
  assert.deepEqual(await ask([1, 2, 3, 5]), ["5"]);
});

test("after clearing, nothing is reused", async () => {
  const { ask, sequence, sequences } = recorded(3);
  await ask([1, 2, 3, 4]);
  Object.assign(sequence, { clearHistory: async () => sequence.held.splice(0) });
  await sequences.clear();
  assert.deepEqual(await ask([1, 2, 3, 4]), ["1 2 3", "4"]);
});
