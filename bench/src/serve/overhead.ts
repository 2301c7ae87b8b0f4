import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { summarize, type Times } from "../statistics.js";
import { Served } from "./served.js";

const BODY = JSON.stringify({
  model: "any",
  messages: [
    { role: "system", content: "Answer in one sentence." },
    { role: "user", content: "What do you know of otters? ".repeat(20) },
  ],
});
const ANSWER = JSON.stringify({
  id: "1",
  object: "chat.completion",
  created: 1,
  model: "any",
  choices: [
    { index: 0, message: { role: "assistant", content: "They swim." }, finish_reason: "stop" },
  ],
});

export interface Overhead {
  /** Seconds of a request. */
  readonly direct: Times;
  readonly gateway: Times;
  /** Gateway minus direct, pair by pair. */
  readonly added: Times;
}

/** Text-only requests to an upstream server that answers at once, directly and through the gateway in turns. */
export async function measureOverhead(pairs: number): Promise<Overhead> {
  const upstream = createServer((incoming, response) => {
    incoming.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" }).end(ANSWER);
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const direct = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const served = await Served.start(["--upstream", direct]);
  const agent = new Agent({ keepAlive: true });
  try {
    // Connections, and code that is compiled when it has run often.
    for (let i = 0; i < 300; i++) {
      await timeRequest(direct, agent);
      await timeRequest(served.url, agent);
    }
    const seconds = { direct: [] as number[], gateway: [] as number[] };
    for (let i = 0; i < pairs; i++) {
      seconds.direct.push(await timeRequest(direct, agent));
      seconds.gateway.push(await timeRequest(served.url, agent));
    }
    return {
      direct: summarize(seconds.direct),
      gateway: summarize(seconds.gateway),
      added: summarize(seconds.gateway.map((one, i) => one - (seconds.direct[i] as number))),
    };
  } finally {
    agent.destroy();
    await served.stop();
    upstream.closeAllConnections();
    upstream.close();
  }
}

function timeRequest(url: string, agent: Agent): Promise<number> {
  const headers = { "content-type": "application/json", "content-length": BODY.length };
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    request(`${url}/v1/chat/completions`, { method: "POST", headers, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        if (text === ANSWER) resolve((performance.now() - begun) / 1000);
        else reject(new Error(`another answer: ${text.slice(0, 200)}`));
      });
    })
      .on("error", reject)
      .end(BODY);
  });
}
