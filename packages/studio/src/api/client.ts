import type {
  AskRequest,
  AskResponse,
  CaptionRequest,
  CaptionResponse,
  ClassifyRequest,
  ClassifyResponse,
  CodebookName,
  DecodeRequest,
  EncodeResponse,
  Info,
  NeighboursResponse,
  RestoreEvent,
  RestoreRequest,
  Scene,
  ScenesResponse,
  VocabularyResponse,
} from "@v2l/server";
import { ApiError, errorOf, unreachable } from "./error.js";
import { jsonLines } from "./json-lines.js";

/** Where the API is: on the page's own server. */
export const API = "/api/";

/** The server's API. Every method throws {@link ApiError}, or the signal's reason. */
export class ApiClient {
  readonly #cache = new Map<string, Promise<unknown>>();

  /**
   * @param token what the server asks for, null for none
   * @param onRefused called when the server wants another token
   */
  constructor(
    private readonly token: string | null,
    private readonly onRefused: () => void,
  ) {}

  /** Headers that every request needs. */
  get headers(): Readonly<Record<string, string>> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  info(): Promise<Info> {
    return this.#get("info");
  }

  async scenes(): Promise<readonly Scene[]> {
    return (await this.#get<ScenesResponse>("scenes")).scenes;
  }

  /** A scene's picture; an `<img>` could not send the token. */
  async scenePicture(name: string): Promise<Blob> {
    return (await this.#send(`scenes/${encodeURIComponent(name)}`)).blob();
  }

  encode(image: string, signal?: AbortSignal): Promise<EncodeResponse> {
    return this.#post("encode", { image }, signal);
  }

  async decode(tokens: DecodeRequest, signal?: AbortSignal): Promise<Blob> {
    return (await this.#send("decode", tokens, signal)).blob();
  }

  neighbours(codebook: CodebookName, id: number, count: number): Promise<NeighboursResponse> {
    const query = new URLSearchParams({ codebook, id: `${id}`, count: `${count}` });
    return this.#once(`neighbours?${query}`);
  }

  /** All words of a codebook; the index is the id. */
  async vocabulary(codebook: CodebookName): Promise<readonly string[]> {
    return (await this.#once<VocabularyResponse>(`vocabulary/${codebook}`)).words;
  }

  classify(request: ClassifyRequest, signal?: AbortSignal): Promise<ClassifyResponse> {
    return this.#post("classify", request, signal);
  }

  caption(request: CaptionRequest, signal?: AbortSignal): Promise<CaptionResponse> {
    return this.#post("caption", request, signal);
  }

  ask(request: AskRequest, signal?: AbortSignal): Promise<AskResponse> {
    return this.#post("ask", request, signal);
  }

  /** The events of a restoration as they come; an event of type `error` is thrown. */
  async *restore(request: RestoreRequest, signal: AbortSignal): AsyncGenerator<RestoreEvent> {
    const response = await this.#send("restore", request, signal);
    for await (const line of jsonLines(response)) {
      const event = line as RestoreEvent;
      if (event.type === "error") throw new ApiError(event.error.code, event.error.message);
      yield event;
    }
  }

  async #get<T>(path: string): Promise<T> {
    return (await this.#send(path)).json() as Promise<T>;
  }

  async #post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.#send(path, body, signal)).json() as Promise<T>;
  }

  /** What never changes is asked for once; a failure is not kept. */
  #once<T>(path: string): Promise<T> {
    const known = this.#cache.get(path);
    if (known) return known as Promise<T>;
    const asked = this.#get<T>(path);
    this.#cache.set(path, asked);
    asked.catch(() => this.#cache.delete(path));
    return asked;
  }

  async #send(path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const post = body !== undefined && {
      method: "POST",
      headers: { ...this.headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    const options = { headers: this.headers, ...post, ...(signal && { signal }) };
    const response = await fetch(API + path, options).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable(cause);
    });
    if (response.ok) return response;
    if (response.status === 401) this.onRefused();
    throw await errorOf(response);
  }
}
