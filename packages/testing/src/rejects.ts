import assert from "node:assert/strict";

/** Asserts that a promise fails with a V2LError of this code whose message has all `parts`. */
export async function rejects(
  promise: Promise<unknown>,
  code: string,
  ...parts: readonly string[]
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof Error && error.name === "V2LError", String(error));
    assert.equal((error as Error & { code?: string }).code, code, error.stack);
    for (const part of parts) assert.ok(error.message.includes(part), error.message);
    return true;
  });
}
