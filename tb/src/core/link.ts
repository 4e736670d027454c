/**
 * The connection to one simulator process: starts it, sends messages, reads answers.
 *
 * Two FIFOs and blocking reads: while the simulator works the testbench has nothing to do, and a blocking read on a FIFO is the fastest
 * hand-over that Linux gives to Node.js. Both processes run on one CPU, since only one of them works at a time.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SimulationError } from "./errors.ts";
import { HEADER_BYTES, MAX_MESSAGE_BYTES } from "./protocol.ts";

/** How a process ended. */
export interface ExitStatus {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** How to start a simulator. */
export interface LinkOptions {
  readonly executable: string;
  readonly args: readonly string[];
  /** Output of the simulator goes to this file. */
  readonly logPath: string;
  /** The operating system ends a simulator that used this much processor time: a watchdog for a hang inside one cycle. */
  readonly cpuLimitSeconds: number;
}

/** The end of the stream was reached: the simulator is gone. */
export class LinkClosed extends Error {
  override readonly name = "LinkClosed";
}

interface FifoPair {
  readonly toSimulator: string;
  readonly fromSimulator: string;
}

// FIFOs are used again by the next simulator: making one costs a process.
const freePairs: FifoPair[] = [];
let fifoDirectory: string | undefined;
let pairsMade = 0;

function takeFifoPair(): FifoPair {
  const free = freePairs.pop();
  if (free !== undefined) return free;
  if (fifoDirectory === undefined) {
    const directory = mkdtempSync(join(tmpdir(), "vnet-link-"));
    process.once("exit", () => {
      rmSync(directory, { recursive: true, force: true });
    });
    fifoDirectory = directory;
  }
  pairsMade++;
  const pair = {
    toSimulator: join(fifoDirectory, `${pairsMade}.in`),
    fromSimulator: join(fifoDirectory, `${pairsMade}.out`),
  };
  const made = spawnSync("mkfifo", ["-m", "600", pair.toSimulator, pair.fromSimulator], { encoding: "utf8" });
  if (made.status !== 0)
    throw new SimulationError("START_FAILED", `mkfifo failed: ${made.error?.message ?? made.stderr}`);
  return pair;
}

/** Opens both ends of a FIFO, each blocking, without waiting for anybody. */
function openFifo(path: string): { readEnd: number; writeEnd: number } {
  const helper = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const readEnd = openSync(path, constants.O_RDONLY);
  closeSync(helper);
  return { readEnd, writeEnd };
}

let pinnedTo: string | undefined;
let allCpus: string | undefined;

function setAffinity(cpus: string): boolean {
  return spawnSync("taskset", ["-cp", cpus, String(process.pid)], { stdio: "ignore" }).status === 0;
}

/** Puts this thread, and the simulators it starts, on one CPU. Quietly does nothing without `taskset`, or with `PIN=0`. */
function pinToOneCpu(): void {
  if (pinnedTo !== undefined) return;
  pinnedTo = "";
  if (process.env["PIN"] === "0") return;
  const shown = spawnSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" });
  const list = /: ([\d,-]+)\s*$/.exec(shown.status === 0 ? shown.stdout : "")?.[1];
  if (list === undefined) return;
  const cpus = list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const choice = cpus[Number(process.env["WORKER_ID"] ?? process.env["MOCHA_WORKER_ID"] ?? process.pid) % cpus.length];
  if (cpus.length > 1 && choice !== undefined && setAffinity(String(choice))) {
    allCpus = list;
    pinnedTo = String(choice);
  }
}

/** Lets child processes use all CPUs again (builds do); the next simulator pins again. */
export function unpin(): void {
  if (allCpus !== undefined) setAffinity(allCpus);
  allCpus = undefined;
  pinnedTo = undefined;
}

/** One running simulator process. */
export class Link {
  readonly logPath: string;
  /** Resolves when the process has ended. */
  readonly exited: Promise<ExitStatus>;
  readonly pid: number | undefined;
  readonly #process: ChildProcess;
  readonly #fifos: FifoPair;
  #writeFd: number;
  #readFd: number;
  #buffer = Buffer.allocUnsafeSlow(256 * 1024);

  constructor(options: LinkOptions) {
    this.logPath = options.logPath;
    mkdirSync(dirname(options.logPath), { recursive: true });
    pinToOneCpu();
    this.#fifos = takeFifoPair();
    const input = openFifo(this.#fifos.toSimulator);
    const output = openFifo(this.#fifos.fromSimulator);
    // The log is a file and not a pipe: nobody could empty a pipe while this thread waits for an answer.
    const log = openSync(options.logPath, "w");
    const command = [options.executable, "--fd", "3,4", ...options.args];
    this.#process = spawn("prlimit", [`--cpu=${options.cpuLimitSeconds}`, ...command], {
      stdio: ["ignore", log, log, input.readEnd, output.writeEnd],
    });
    this.pid = this.#process.pid;
    this.#writeFd = input.writeEnd;
    this.#readFd = output.readEnd;
    closeSync(log);
    closeSync(input.readEnd);
    closeSync(output.writeEnd);
    this.exited = new Promise((resolve) => {
      this.#process.once("error", () => {
        resolve({ exitCode: 127, signal: undefined });
      });
      this.#process.once("exit", (exitCode, signal) => {
        resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
      });
    });
  }

  /**
   * Sends one message and waits for the answer, which is valid until the next call.
   *
   * @throws LinkClosed when the simulator is gone.
   */
  exchange(message: Uint8Array): Uint8Array {
    this.send(message);
    return this.receive();
  }

  /** Sends bytes. */
  send(message: Uint8Array): void {
    let sent = 0;
    try {
      while (sent < message.length) sent += writeSync(this.#writeFd, message, sent);
    } catch {
      // EPIPE: the simulator is gone. Its last words, if any, are still in the other FIFO.
    }
  }

  /** Waits for one message. */
  receive(): Uint8Array {
    let have = 0;
    let need = HEADER_BYTES;
    while (have < need) {
      const count = readSync(this.#readFd, this.#buffer, have, this.#buffer.length - have, null);
      if (count === 0) throw new LinkClosed("the simulator closed the connection");
      have += count;
      if (have >= HEADER_BYTES && need === HEADER_BYTES) {
        need = this.#buffer.readUInt32LE(0);
        if (need < HEADER_BYTES || need > MAX_MESSAGE_BYTES) {
          throw new SimulationError("PROTOCOL", `malformed message from the simulator: length ${need}`);
        }
        if (need > this.#buffer.length) {
          const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(need)));
          this.#buffer.copy(larger, 0, 0, have);
          this.#buffer = larger;
        }
      }
    }
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, need);
  }

  /** The last lines the simulator wrote. */
  logTail(lines = 12): string {
    try {
      return readFileSync(this.logPath, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
    } catch {
      return "";
    }
  }

  /** Removes the log if there is nothing in it. */
  dropEmptyLog(): void {
    if (statSync(this.logPath).size === 0) rmSync(this.logPath);
  }

  /** Ends the process if it still runs. */
  kill(): void {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill("SIGKILL");
  }

  /** Closes this side; the FIFOs are free for the next simulator when the process has ended. */
  close(): void {
    if (this.#readFd < 0) return;
    closeSync(this.#writeFd);
    closeSync(this.#readFd);
    this.#readFd = -1;
    this.#writeFd = -1;
    void this.exited.then(() => freePairs.push(this.#fifos));
  }
}
