import { setTimeout } from "node:timers/promises";
import autocannon from "autocannon";
import { summarize, type Times } from "../statistics.js";
import { Served } from "./served.js";

/** Requests that may wait: few, so that accepted ones are answered soon. */
const QUEUE = 4;
const BODY = JSON.stringify({ image: "scene:cat" });
const MEBIBYTE = 2 ** 20;
/** autocannon sends a second's requests at its beginning; so many of them begin at even distances. */
const WAVES = 20;

export interface Load {
  /** Requests that one client after the other gets answered, per second. */
  readonly capacity: number;
  readonly seconds: number;
  /** Requests per second that were sent. */
  readonly rate: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Connections that failed or waited too long. */
  readonly failures: number;
  /** Seconds from request to answer of those accepted. */
  readonly accepted: Times;
  /** Mebibytes. */
  readonly memory: { readonly before: number; readonly most: number; readonly after: number };
  /** Seconds of single requests before and after. */
  readonly before: Times;
  readonly after: Times;
  readonly exitStatus: number | null;
}

/** Measures what the server can answer, then sends twice as much, then looks whether it recovers. */
export async function measureLoad(seconds: number): Promise<Load> {
  const served = await Served.start(["--queue", String(QUEUE)]);
  try {
    const single = Math.max(5, Math.round(seconds));
    await encodeTimes(served, single);
    const before = summarize(await encodeTimes(served, single));
    const capacity = before.runs.length / before.runs.reduce((a, b) => a + b, 0);
    const rate = WAVES * Math.ceil((2 * capacity) / WAVES);
    const memoryBefore = await served.memory();
    let most = memoryBefore;
    const watch = setInterval(() => {
      void served.memory().then((now) => {
        most = Math.max(most, now);
      });
    }, 500);
    const { statuses, accepted, failures } = await flood(served.url, rate, seconds);
    clearInterval(watch);
    // What was accepted last is still being answered.
    await setTimeout(1000);
    const after = summarize(await encodeTimes(served, single));
    const memoryAfter = await served.memory();
    return {
      capacity,
      seconds,
      rate,
      statuses,
      failures,
      accepted: summarize(accepted),
      memory: {
        before: memoryBefore / MEBIBYTE,
        most: Math.max(most, memoryAfter) / MEBIBYTE,
        after: memoryAfter / MEBIBYTE,
      },
      before,
      after,
      exitStatus: await served.stop(),
    };
  } finally {
    await served.stop();
  }
}

async function encodeTimes({ url }: Served, count: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/api/encode`, { method: "POST", headers, body: BODY });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`status ${response.status} without load`);
    seconds.push((performance.now() - begun) / 1000);
  }
  return seconds;
}

async function flood(url: string, rate: number, seconds: number) {
  const statuses: Record<string, number> = {};
  const accepted: number[] = [];
  const share = Math.ceil(rate / WAVES);
  const options: autocannon.Options = {
    url: `${url}/api/encode`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
    // Each sends one request per second at most, whatever becomes of the others.
    connections: share,
    overallRate: share,
    duration: seconds,
    timeout: 30,
  };
  const wave = async (index: number): Promise<number> => {
    await setTimeout((1000 * index) / WAVES);
    const { errors, timeouts } = await new Promise<autocannon.Result>((resolve, reject) => {
      const instance = autocannon(options, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
      instance.on("response", (_client, status, _bytes, milliseconds) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === 200) accepted.push(milliseconds / 1000);
      });
    });
    return errors + timeouts;
  };
  const failed = await Promise.all(Array.from({ length: WAVES }, (_, index) => wave(index)));
  return { statuses, accepted, failures: failed.reduce((sum, count) => sum + count, 0) };
}
