import { expected, V2LError } from "@v2l/nn";
import protobuf from "protobufjs";

/** One entry of a SentencePiece vocabulary; its place is its id. */
export interface Piece {
  readonly piece: string;
  /** Higher merges first. */
  readonly score: number;
  readonly type: "normal" | "unknown" | "control" | "user" | "byte" | "unused";
}

/** What a SentencePiece BPE `.model` file says, as far as encoding depends on it. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  readonly dummyPrefix: boolean;
  readonly byteFallback: boolean;
}

interface ModelProto {
  readonly pieces: readonly { piece: string; score: number; type: number }[];
  readonly trainerSpec: { modelType: number; byteFallback: boolean };
  readonly normalizerSpec: {
    name: string;
    addDummyPrefix: boolean;
    removeExtraWhitespaces: boolean;
  };
}

/** The fields of `sentencepiece_model.proto` that are read, with their numbers and defaults. */
const MODEL = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      edition: "proto2",
      fields: {
        pieces: { rule: "repeated", type: "Piece", id: 1 },
        trainerSpec: { type: "TrainerSpec", id: 2 },
        normalizerSpec: { type: "NormalizerSpec", id: 3 },
      },
    },
    Piece: {
      edition: "proto2",
      fields: {
        piece: { type: "string", id: 1 },
        score: { type: "float", id: 2 },
        type: { type: "int32", id: 3, options: { default: 1 } },
      },
    },
    TrainerSpec: {
      edition: "proto2",
      fields: {
        modelType: { type: "int32", id: 3, options: { default: 1 } },
        byteFallback: { type: "bool", id: 35 },
      },
    },
    NormalizerSpec: {
      edition: "proto2",
      fields: {
        name: { type: "string", id: 1 },
        addDummyPrefix: { type: "bool", id: 3, options: { default: true } },
        removeExtraWhitespaces: { type: "bool", id: 4, options: { default: true } },
      },
    },
  },
}).lookupType("ModelProto");

const BPE = 2;
const TYPES = [undefined, "normal", "unknown", "control", "user", "unused", "byte"] as const;

/**
 * Reads a SentencePiece `.model` file.
 * @throws V2LError INVALID_ARGUMENT where the bytes are no such model; UNSUPPORTED where it is not
 * BPE with identity normalisation that keeps every blank (as LLaMA's is).
 */
export function readSentencePieceModel(bytes: Uint8Array): SentencePieceModel {
  const model = decode(bytes);
  const { trainerSpec, normalizerSpec } = model;
  if (trainerSpec.modelType !== BPE) throw unsupported("a BPE model", trainerSpec.modelType);
  if (normalizerSpec.name !== "identity" || normalizerSpec.removeExtraWhitespaces) {
    throw unsupported("identity normalisation that keeps blanks", normalizerSpec.name);
  }
  return {
    pieces: model.pieces.map(({ piece, score, type }) => {
      return { piece, score, type: TYPES[type] ?? "unused" };
    }),
    dummyPrefix: normalizerSpec.addDummyPrefix,
    byteFallback: trainerSpec.byteFallback,
  };
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    const model = MODEL.toObject(MODEL.decode(bytes), { defaults: true }) as ModelProto;
    if (model.trainerSpec && model.normalizerSpec && model.pieces.length > 0) return model;
  } catch (cause) {
    throw new V2LError("INVALID_ARGUMENT", expected("a SentencePiece model", "bytes", "damage"), {
      cause,
    });
  }
  throw new V2LError("INVALID_ARGUMENT", expected("a SentencePiece model", "bytes", "other bytes"));
}

function unsupported(what: string, received: unknown): V2LError {
  return new V2LError("UNSUPPORTED", expected(what, "SentencePiece model", received));
}

/**
 * The same vocabulary as a Hugging Face `tokenizer.json`. SentencePiece merges the neighbours whose
 * union scores highest; here every split of a piece into two pieces becomes a merge, ranked by the
 * piece's score. Control pieces are left out of `added_tokens` on purpose: as in SentencePiece,
 * `<s>` inside a text is three characters and no marker.
 */
export function toTokenizerJson(model: SentencePieceModel): object {
  const { pieces } = model;
  const prepend = { type: "Prepend", prepend: "▁" };
  const toBar = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const fromBar = { type: "Replace", pattern: { String: "▁" }, content: " " };
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: "Sequence", normalizers: model.dummyPrefix ? [prepend, toBar] : [toBar] },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        fromBar,
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(model.dummyPrefix ? [strip] : []),
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: pieces.find(({ type }) => type === "unknown")?.piece ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: model.byteFallback,
      vocab: Object.fromEntries(pieces.map(({ piece }, id) => [piece, id])),
      merges: mergesOf(pieces),
    },
  };
}

function mergesOf(pieces: readonly Piece[]): [string, string][] {
  const normal = pieces.filter(({ type }) => type === "normal");
  const known = new Set(normal.map(({ piece }) => piece));
  return [...normal]
    .sort((a, b) => b.score - a.score)
    .flatMap(({ piece }) => {
      const characters = [...piece];
      return characters.slice(1).flatMap((_, i): [string, string][] => {
        const left = characters.slice(0, i + 1).join("");
        const right = characters.slice(i + 1).join("");
        return known.has(left) && known.has(right) ? [[left, right]] : [];
      });
    });
}
