import { lookup as systemLookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv4, type LookupFunction } from "node:net";
import { expected } from "@v2l/nn";
import { invalid, ServerError } from "../errors.js";
import { httpRequest, isTls } from "./http-request.js";

/** An address that a name resolves to. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface RemoteImagesOptions {
  /**
   * Hosts that images may come from: `example.com`, `*.example.com` (its subdomains), `example.com:8080`. An
   * IP address counts as meant, also a private one; names that resolve to private ones are refused.
   */
  readonly hosts: readonly string[];
  /** Seconds for an image. Default 10. */
  readonly seconds?: number;
  /** Default: the system's. */
  readonly resolve?: Resolver;
}

const DEFAULT_SECONDS = 10;
const MOST_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** IPv4 addresses that are not of the public internet (RFC 6890 and its successors). */
const PRIVATE_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
/** Of IPv6, 2000::/3 is public but for these, some of which hold IPv4 addresses. */
const PRIVATE_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const privateAddresses = new BlockList();
for (const [net, prefix] of PRIVATE_V4) privateAddresses.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of PRIVATE_V6) privateAddresses.addSubnet(net, prefix, "ipv6");
const globalV6 = new BlockList();
globalV6.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !privateAddresses.check(address, "ipv4");
  return globalV6.check(address, "ipv6") && !privateAddresses.check(address, "ipv6");
}

/** Gets images from the hosts that it was told of, and from nowhere else. */
export class RemoteImages {
  readonly #hosts: readonly string[];
  readonly #seconds: number;
  readonly #lookup: LookupFunction;

  constructor({ hosts, seconds = DEFAULT_SECONDS, resolve = systemResolver }: RemoteImagesOptions) {
    this.#hosts = hosts.map((host) => host.toLowerCase());
    this.#seconds = seconds;
    // The connection is made to the very addresses that were checked.
    this.#lookup = (hostname, options, callback) => {
      publicAddresses(hostname, resolve).then(
        (addresses) => {
          const [first] = addresses;
          if (options.all) callback(null, [...addresses]);
          else callback(null, first?.address ?? "", first?.family ?? 4);
        },
        (error) => callback(error, ""),
      );
    };
  }

  /**
   * Reads an image. Redirects are followed under the same rules.
   * @param most bytes
   * @param name what errors call it
   * @throws ServerError IMAGE_HOST_REFUSED, IMAGE_UNREACHABLE, REQUEST_TOO_LARGE, REQUEST_INVALID
   */
  async read(
    address: string,
    most: number,
    name: string,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const ownSignal = AbortSignal.any([signal, AbortSignal.timeout(this.#seconds * 1000)]);
    try {
      let url = this.#check(address, name);
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const answer = await httpRequest(url, {
          lookup: this.#lookup,
          headers: { accept: "image/*", "accept-encoding": "identity" },
          agent: false,
          signal: ownSignal,
        });
        if (!REDIRECTS.includes(answer.statusCode ?? 0)) return await readBody(answer, most, name);
        const { location = "" } = answer.headers;
        answer.destroy();
        const next = URL.canParse(location, url.href) ? new URL(location, url).href : "";
        url = this.#check(next, name);
      }
    } catch (error) {
      if (error instanceof ServerError) throw error;
      signal.throwIfAborted();
      const received = ownSignal.aborted ? `nothing within ${this.#seconds} s` : reasonOf(error);
      throw unreachable(name, received, error);
    }
    throw unreachable(name, `more than ${MOST_REDIRECTS} redirects`);
  }

  #check(address: string, name: string): URL {
    const url = URL.canParse(address) ? new URL(address) : null;
    if (url === null || !["http:", "https:"].includes(url.protocol)) {
      throw invalid("a data URL or an address of http(s)", name, address.slice(0, 80));
    }
    if (url.username !== "" || url.password !== "") {
      throw invalid("an address without a password", name, url.host);
    }
    if (this.#hosts.some((host) => matches(host, url))) return url;
    const remedy = "Send the image as a data URL, or start the server with this host allowed";
    const message = expected("an allowed host", name, url.host, remedy);
    throw new ServerError("IMAGE_HOST_REFUSED", message, { param: name });
  }
}

/** Entries without a port mean the usual one; URLs do not name that. */
function matches(entry: string, url: URL): boolean {
  const port = isTls(url) ? "443" : "80";
  const host = entry.endsWith(`:${port}`) ? entry.slice(0, -port.length - 1) : entry;
  if (!host.startsWith("*.")) return url.host === host;
  return isIP(url.hostname) === 0 && url.host.endsWith(host.slice(1));
}

async function systemResolver(hostname: string): Promise<ResolvedAddress[]> {
  return systemLookup(hostname, { all: true });
}

async function publicAddresses(
  hostname: string,
  resolve: Resolver,
): Promise<readonly ResolvedAddress[]> {
  const addresses = await resolve(hostname);
  const refused = addresses.find(({ address }) => !isPublicAddress(address));
  if (addresses.length > 0 && refused === undefined) return addresses;
  const received = refused === undefined ? "no address" : "one that is not";
  const message = expected("a name of a public address", hostname, received);
  throw new ServerError("IMAGE_HOST_REFUSED", message, { param: hostname });
}

async function readBody(answer: IncomingMessage, most: number, name: string): Promise<Uint8Array> {
  const tooLarge = () => {
    const message = expected(`at most ${most} bytes`, name, "more", "Send a smaller image");
    return new ServerError("REQUEST_TOO_LARGE", message, { param: name });
  };
  try {
    if (answer.statusCode !== 200) throw unreachable(name, `status ${answer.statusCode}`);
    if (Number(answer.headers["content-length"] ?? 0) > most) throw tooLarge();
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of answer as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > most) throw tooLarge();
      parts.push(part);
    }
    return Buffer.concat(parts);
  } finally {
    answer.destroy();
  }
}

function unreachable(name: string, received: string, cause?: unknown): ServerError {
  const message = expected("an image that can be had", name, received);
  return new ServerError("IMAGE_UNREACHABLE", message, { cause, param: name });
}

/** The kind of a connection's error, without the addresses that its message may name. */
function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "a broken connection";
}
