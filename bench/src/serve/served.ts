import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../../packages/cli/bin/v2l.js", import.meta.url));

/** `v2l serve` as a process of its own. */
export class Served {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts it, and waits until its networks are loaded. */
  static async start(options: readonly string[]): Promise<Served> {
    const words = ["serve", "--json", "--quiet", "--log-level", "warn", ...options];
    const stdio = ["ignore", "pipe", "ignore"] as const;
    const child = spawn(process.execPath, [BIN, ...words], { stdio: [...stdio] });
    if (child.stdout === null) throw new Error("no output to read");
    const [line] = (await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      once(child, "exit").then(() => {
        throw new Error("v2l serve did not start");
      }),
    ])) as [string];
    const { url } = JSON.parse(line) as { url: string };
    while ((await running(url)) > 0) await setTimeout(50);
    return new Served(child, url);
  }

  /** Whether it still runs. */
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resident memory in bytes, as the server says. */
  async memory(): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
  }

  /** Ends it as a supervisor does. @returns the exit status */
  async stop(): Promise<number | null> {
    if (!this.alive) return this.child.exitCode;
    const exit = once(this.child, "exit");
    this.child.kill("SIGTERM");
    return (await exit)[0] as number | null;
  }
}

/** Requests that its engines work on, its own warm-up included. */
async function running(url: string): Promise<number> {
  const health = (await (await fetch(`${url}/healthz`)).json()) as { queue: { running: number } };
  return health.queue.running;
}
