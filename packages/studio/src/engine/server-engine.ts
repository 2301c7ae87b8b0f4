import type { ApiClient } from "../api/client.js";
import { fromDataUrl } from "../pictures/data-url.js";
import type { Engine } from "./engine.js";

/** The server's networks. */
export function serverEngine(api: ApiClient): Engine {
  return {
    async encode({ input }, signal) {
      const { tokens, square } = await api.encode(input, signal);
      return { tokens, square: fromDataUrl(square) };
    },
    decode: (tokens, signal) => api.decode(tokens, signal),
  };
}
