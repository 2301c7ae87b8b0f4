import { ApiError, isAbort, unreachable } from "./error.js";

/** The values of a body with one JSON text a line, as they arrive. */
export async function* jsonLines(response: Response): AsyncGenerator<unknown> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value = "" } = await reader.read().catch((cause: unknown) => {
        throw isAbort(cause) ? cause : unreachable(cause);
      });
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield parse(line);
      if (done) break;
    }
    if (rest.trim() !== "") yield parse(rest);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ApiError("ANSWER_INVALID", "The server's answer broke off.", { cause });
  }
}
