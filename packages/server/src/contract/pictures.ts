import { z } from "@hono/zod-openapi";

/** A picture as a request gives it. */
export const ImageInput = z
  .string()
  .min(1)
  .describe(
    "A data URL (`data:image/png;base64,...`; PNG, JPEG, WebP, GIF or AVIF), or `scene:NAME` for a demo scene",
  )
  .openapi({ example: "scene:cat" });

/** A picture as an answer gives it. */
export const PngUrl = z.string().describe("A PNG as a data URL");

export const Id = z.int().min(0);

export const GlobalWord = z
  .object({
    id: Id.describe("Row of the global codebook"),
    word: z.string(),
    similarity: z.number().describe("Cosine between the image and the word, -1 to 1"),
    distance: z.number().describe("Squared distance that words are ordered by, smallest first"),
  })
  .openapi("GlobalWord");
export type GlobalWord = z.infer<typeof GlobalWord>;

export const Tokens = z
  .object({
    format: z.literal("v2l-tokens"),
    version: z.literal(1),
    bundle: z.string(),
    grid: z.object({ height: z.int(), width: z.int() }),
    codebooks: z.object({ local: z.int(), global: z.int() }),
    globalTokens: z.array(GlobalWord).describe("Nearest first"),
    localTokens: z.object({
      grid: z.array(Id).describe("Rows of the local codebook, row by row"),
      pieces: z.array(z.string()).describe("The vocabulary's entry of each cell"),
    }),
  })
  .openapi("Tokens");
export type Tokens = z.infer<typeof Tokens>;

export const EncodeRequest = z.object({ image: ImageInput }).openapi("EncodeRequest");
export type EncodeRequest = z.input<typeof EncodeRequest>;

export const EncodeResponse = z
  .object({
    tokens: Tokens,
    square: PngUrl.describe("The square of the image that was tokenized, a PNG as a data URL"),
  })
  .openapi("EncodeResponse");
export type EncodeResponse = z.infer<typeof EncodeResponse>;

export const DecodeRequest = z
  .object({
    localTokens: z.object({ grid: z.array(Id) }),
    globalTokens: z
      .array(z.object({ id: Id }))
      .min(1)
      .describe("Where there are fewer than the decoder reads, they are repeated in their order"),
  })
  .openapi("DecodeRequest");
export type DecodeRequest = z.input<typeof DecodeRequest>;

export const CodebookName = z.enum(["local", "global"]);
export type CodebookName = z.infer<typeof CodebookName>;

const Count = z.coerce.number().int().min(1).max(100);

export const NeighboursQuery = z.object({
  codebook: CodebookName,
  id: z.coerce.number().int().min(0),
  count: Count.default(8),
});

export const NeighboursResponse = z
  .object({
    token: z.object({ id: Id, word: z.string() }),
    neighbours: z
      .array(
        z.object({
          id: Id,
          word: z.string(),
          similarity: z.number().describe("Cosine between the codebook's rows"),
        }),
      )
      .describe("The most similar first, without the token itself"),
  })
  .openapi("NeighboursResponse");
export type NeighboursResponse = z.infer<typeof NeighboursResponse>;

export const VocabularyResponse = z
  .object({ words: z.array(z.string()).describe("The index is the id") })
  .openapi("VocabularyResponse");
export type VocabularyResponse = z.infer<typeof VocabularyResponse>;

export const NearestWordsRequest = z
  .union([
    z.object({ text: z.string().min(1).max(1000), count: Count.default(8) }),
    z.object({ image: ImageInput, count: Count.default(8) }),
  ])
  .openapi("NearestWordsRequest");
export type NearestWordsRequest = z.input<typeof NearestWordsRequest>;

export const NearestWordsResponse = z
  .object({ words: z.array(GlobalWord).describe("Nearest first") })
  .openapi("NearestWordsResponse");
export type NearestWordsResponse = z.infer<typeof NearestWordsResponse>;
