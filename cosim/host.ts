/**
 * The host's side of the wire: its TCP/IP stack behind the TAP of the card, in the namespace of the row.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { Program, run, withLimit } from "./processes.ts";
import { check, RowError } from "./row.ts";

/** Name of the TAP in each namespace. */
export const TAP = "vnet0";
export const HOST_ADDRESS = "10.77.0.1";
export const GUEST_ADDRESS = "10.77.0.2";

/** Gives the TAP its address. The card has made it. */
export async function addressTap(): Promise<void> {
  await run(["ip", "address", "add", `${HOST_ADDRESS}/24`, "dev", TAP]);
  await run(["ip", "link", "set", TAP, "up"]);
}

/** Echo requests to the guest, hundreds a second, whether they are answered or not. */
export class Flood {
  readonly #ping: Program;

  private constructor(ping: Program) {
    this.#ping = ping;
  }

  static start(payloadBytes: number): Flood {
    return new Flood(new Program(["ping", "-q", "-i", "0.005", "-s", `${payloadBytes}`, GUEST_ADDRESS]));
  }

  /** Ends it. Throws if there was no traffic at all. */
  async stop(): Promise<{ readonly sent: number; readonly answered: number }> {
    this.#ping.kill("SIGINT");
    await withLimit(this.#ping.exited, 30, "end of ping");
    const match = /(\d+) packets transmitted, (\d+) received/.exec(this.#ping.output);
    const [sent, answered] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
    check(sent > 0 && answered > 0, `expected answers to the host's pings:\n${this.#ping.tail()}`);
    return { sent, answered };
  }
}

/** What a transfer over TCP has shown. */
export interface Transfer {
  readonly bytes: number;
  readonly sha256: string;
  readonly seconds: number;
}

async function listen(onConnection: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST_ADDRESS, () => {
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new RowError("no port for the TCP server");
  return { server, port: address.port };
}

/** Sends random bytes to the first one that connects. `start` is given the port and starts the other side. */
export async function sendOverTcp(bytes: number, start: (port: number) => Promise<void>): Promise<Transfer> {
  const data = randomBytes(bytes);
  let seconds = 0;
  const { server, port } = await listen((socket) => {
    const began = performance.now();
    socket.on("error", () => undefined);
    socket.on("close", () => (seconds = (performance.now() - began) / 1000));
    socket.end(data);
  });
  try {
    await start(port);
  } finally {
    server.close();
  }
  return { bytes, sha256: createHash("sha256").update(data).digest("hex"), seconds };
}

/** Takes bytes from the first one that connects, until it closes. `start` is given the port and starts the other side. */
export async function receiveOverTcp(start: (port: number) => Promise<void>, limitSeconds: number): Promise<Transfer> {
  const hash = createHash("sha256");
  let bytes = 0;
  let began = 0;
  let finish: (seconds: number) => void = () => undefined;
  const finished = new Promise<number>((resolve) => (finish = resolve));
  const { server, port } = await listen((socket) => {
    began = performance.now();
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      bytes += piece.length;
      hash.update(piece);
    });
    socket.on("end", () => {
      socket.end();
      finish((performance.now() - began) / 1000);
    });
  });
  try {
    await start(port);
    const seconds = await withLimit(finished, limitSeconds, "end of the TCP stream from the guest");
    return { bytes, sha256: hash.digest("hex"), seconds };
  } finally {
    server.close();
  }
}
