import { expected, V2LError } from "@v2l/nn";
import {
  ClipSessions,
  type ImageEmbedding,
  type SessionOptions,
  TokenizerSessions,
} from "@v2l/onnx";
import type { Bundle } from "../bundle/bundle.js";
import { clipMarkers, clipTextIds } from "../clip-text.js";
import { loadTextTokenizer } from "../text-tokenizer.js";
import { Lazy } from "./lazy.js";

/**
 * The networks of a bundle as ONNX Runtime sessions. Each part is loaded at its first use, so whoever
 * only decodes does not pay for CLIP. Arrays hold whole batches; the batch size follows from their
 * length.
 */
export class Engine {
  private readonly tokenizer = new Lazy(() => this.loadTokenizer());
  private readonly clipImage = new Lazy(() => this.loadClip("image"));
  private readonly clipText = new Lazy(() => this.loadClip("text"));
  private readonly textIds = new Lazy(() => this.loadTextIds());

  constructor(
    private readonly bundle: Bundle,
    private readonly options: SessionOptions,
  ) {}

  /** Loads what images need, texts excepted. */
  async prepare(): Promise<void> {
    await this.tokenizer.get();
    await this.clipImage.get();
  }

  /** Images [N,3,S,S] in [-1,1] -> N times H*W local ids. */
  async encode(images: Float32Array): Promise<Int32Array> {
    return (await this.tokenizer.get()).encode(images);
  }

  /** CLIP inputs [N,3,P,P] -> unit features and the nearest global words. */
  async describe(pixels: Float32Array): Promise<ImageEmbedding> {
    return (await this.clipImage.get()).encodeImage(pixels);
  }

  /** N times H*W local and N times K global ids -> images [N,3,S,S], about [-1,1]. */
  async decode(local: readonly number[], global: readonly number[]): Promise<Float32Array> {
    return (await this.tokenizer.get()).decode(local, global);
  }

  /** Texts -> CLIP features, N times the width, not normalised. */
  async embedText(texts: readonly string[]): Promise<Float32Array> {
    const toIds = await this.textIds.get();
    return (await this.clipText.get()).encodeText(texts.flatMap(toIds));
  }

  /** Frees the networks. Nothing may run any more. */
  async dispose(): Promise<void> {
    for (const part of [this.tokenizer, this.clipImage, this.clipText]) {
      (await part.made())?.dispose();
    }
  }

  private async loadTokenizer(): Promise<TokenizerSessions> {
    const { tokenizer, image, codebooks } = this.bundle.manifest;
    return TokenizerSessions.create({
      ...this.options,
      config: tokenizer.config,
      weights: await this.bundle.tokenizer(),
      localCodebook: (await this.bundle.codebook("local")).embedding,
      globalCodebook: (await this.bundle.codebook("global")).embedding,
      imageSize: image.size,
      words: codebooks.global.words,
    });
  }

  private async loadClip(half: "image" | "text"): Promise<ClipSessions> {
    const { clip, codebooks } = this.bundle.manifest;
    const codebook = half === "image" ? (await this.bundle.codebook("global")).embedding : null;
    return ClipSessions.create({
      ...this.options,
      config: clip.config,
      weights: await this.bundle.clip(),
      globalCodebook: codebook,
      words: codebooks.global.words,
      halves: [half],
    });
  }

  /** What turns a text into the ids of CLIP's text half. */
  private async loadTextIds(): Promise<(text: string) => number[]> {
    const { text } = this.bundle.manifest.clip.config;
    const json = await this.bundle.textTokenizer();
    if (text === null || json === null) {
      const remedy = "Its CLIP has an image half only: use a bundle with a whole CLIP";
      const name = this.bundle.manifest.name;
      throw new V2LError(
        "UNSUPPORTED",
        expected("a bundle that reads texts", "bundle", name, remedy),
      );
    }
    const tokenizer = loadTextTokenizer(json as object);
    const markers = clipMarkers(text.vocabSize);
    return (one) => clipTextIds(tokenizer.encode(one), text.contextLength, markers);
  }
}
