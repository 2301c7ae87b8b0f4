import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RequestQueue } from "../queue.js";

/** What is measured, with a registry of its own: two servers in a process do not mix. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  readonly #tokens: Counter;

  constructor(queues: Readonly<Record<string, RequestQueue>>) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: "v2l_http_requests_total",
      help: "Answered requests",
      labelNames: ["method", "route", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "v2l_http_request_seconds",
      help: "From a request's arrival to the end of its answer",
      labelNames: ["route"],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
      registers,
    });
    this.#tokens = new Counter({
      name: "v2l_chat_tokens_total",
      help: "Tokens of chat completions by the embedded language model",
      labelNames: ["kind"],
      registers,
    });
    const watch = (name: string, help: string, read: (queue: RequestQueue) => number) => {
      return new Gauge({
        name,
        help,
        labelNames: ["queue"],
        registers,
        collect() {
          for (const [label, queue] of Object.entries(queues)) {
            this.set({ queue: label }, read(queue));
          }
        },
      });
    };
    watch("v2l_queue_running", "Requests being worked on", (queue) => queue.running);
    watch("v2l_queue_waiting", "Requests that wait", (queue) => queue.waiting);
    watch("v2l_queue_refused", "Requests refused because the queue was full", (q) => q.refused);
    new Gauge({
      name: "process_resident_memory_bytes",
      help: "Memory of the process",
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, route, status: String(status) });
    this.#seconds.observe({ route }, seconds);
  }

  tokens(kind: "prompt" | "completion", count: number): void {
    this.#tokens.inc({ kind }, count);
  }

  /** In Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
