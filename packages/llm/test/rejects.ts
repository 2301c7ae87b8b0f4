import assert from "node:assert/strict";
import { type ErrorCode, V2LError } from "@v2l/nn";

/** Asserts that a promise fails with a V2LError of this code whose message has all `parts`. */
export async function rejects(
  promise: Promise<unknown>,
  code: ErrorCode,
  ...parts: readonly string[]
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof V2LError, error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, code, error.message);
    for (const part of parts) assert.ok(error.message.includes(part), error.message);
    return true;
  });
}
