import { expected, V2LError } from "@v2l/nn";

/** How a server is spoken to: llama.cpp's own API, or vLLM's form of OpenAI's. */
export const SERVER_DIALECTS = ["llama.cpp", "vllm"] as const;
export type ServerDialectName = (typeof SERVER_DIALECTS)[number];

/** What the environment says about language models. */
export interface LanguageModelEnvironment {
  /** V2L_LLM_SERVER: address of a server. */
  readonly server: string | undefined;
  /** V2L_LLM_SERVER_DIALECT: `llama.cpp` or `vllm`. */
  readonly dialect: ServerDialectName | undefined;
  /** V2L_LLM_SERVER_VOCABULARY: path of the model's GGUF file or `tokenizer.json`. */
  readonly vocabulary: string | undefined;
  /** V2L_LLM_SERVER_MODEL: the model's name, where the server has several. */
  readonly model: string | undefined;
  /** V2L_LLM_SERVER_API_KEY: sent as a bearer token. */
  readonly apiKey: string | undefined;
  /** HF_ENDPOINT: address of the Hugging Face hub or a mirror. */
  readonly hubEndpoint: string | undefined;
  /** HF_TOKEN: for repositories of the hub that ask for one. */
  readonly hubToken: string | undefined;
  /** XDG_CACHE_HOME: where programs keep what they can get again. */
  readonly cacheHome: string | undefined;
}

/**
 * Reads all environment variables of this package. Empty ones count as absent.
 * @throws V2LError INVALID_ARGUMENT where one has a value that it cannot have.
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): LanguageModelEnvironment {
  const read = (name: string) => variables[name] || undefined;
  const dialect = read("V2L_LLM_SERVER_DIALECT");
  if (dialect !== undefined && !isDialectName(dialect)) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(SERVER_DIALECTS.join(" or "), "V2L_LLM_SERVER_DIALECT", dialect),
    );
  }
  return {
    server: read("V2L_LLM_SERVER"),
    dialect,
    vocabulary: read("V2L_LLM_SERVER_VOCABULARY"),
    model: read("V2L_LLM_SERVER_MODEL"),
    apiKey: read("V2L_LLM_SERVER_API_KEY"),
    hubEndpoint: read("HF_ENDPOINT"),
    hubToken: read("HF_TOKEN"),
    cacheHome: read("XDG_CACHE_HOME"),
  };
}

function isDialectName(name: string): name is ServerDialectName {
  return (SERVER_DIALECTS as readonly string[]).includes(name);
}
