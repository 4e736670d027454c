/**
 * Stand-ins for the engines that the clients of the AXI master talk to: a memory behind the read client and the write client
 * interfaces of docs/architecture.md, section 7.
 *
 * @module
 */
import { expect } from "chai";
import { type Disarm, type Pause, pauseGenerator, PAUSES, type Random, type Simulator } from "../../src/core/index.ts";
import type { ModuleBench } from "./module-test.ts";
import { bigIntToBytes, bytesToBigInt } from "./windows.ts";

const PAGE = 4096n;

/** Sparse memory. */
export class ByteMap {
  readonly #pages = new Map<bigint, Uint8Array>();

  /** Writes bytes. */
  write(addr: bigint, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) {
      const at = BigInt.asUintN(64, addr + BigInt(i));
      this.#page(at)[Number(at % PAGE)] = byte;
    }
  }

  /** Reads bytes; what was never written is 0. */
  read(addr: bigint, lenBytes: number): Uint8Array {
    const bytes = new Uint8Array(lenBytes);
    for (let i = 0; i < lenBytes; i++) {
      const at = BigInt.asUintN(64, addr + BigInt(i));
      bytes[i] = this.#pages.get(at / PAGE)?.[Number(at % PAGE)] ?? 0;
    }
    return bytes;
  }

  /** A little-endian number of `lenBytes`. */
  readUint(addr: bigint, lenBytes: number): bigint {
    return bytesToBigInt(this.read(addr, lenBytes));
  }

  /** Writes a little-endian number. */
  writeUint(addr: bigint, value: bigint | number, lenBytes: number): void {
    this.write(addr, bigIntToBytes(BigInt(value), lenBytes));
  }

  #page(addr: bigint): Uint8Array {
    let page = this.#pages.get(addr / PAGE);
    if (page === undefined) {
      page = new Uint8Array(Number(PAGE));
      this.#pages.set(addr / PAGE, page);
    }
    return page;
  }
}

/** Calls `body` at each cycle, from the present one on. Returns how to end that. */
export function eachCycle(simulator: Simulator, body: () => void): Disarm {
  let disarm: Disarm | undefined;
  const step = (): void => {
    disarm = simulator.atCycle(simulator.cycle + 1, step);
    try {
      body();
    } catch (thrown) {
      simulator.fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  step();
  return () => {
    disarm?.();
  };
}

/** The part of a burst that a bus access may have: never over 4 KiB. */
function checkBurst(addr: bigint, beats: number, busBytes: number): void {
  const first = addr - (addr % BigInt(busBytes));
  const last = first + BigInt(beats * busBytes) - 1n;
  expect(last / PAGE, `burst at 0x${addr.toString(16)} of ${beats} beats crosses 4 KiB`).to.equal(first / PAGE);
}

/** A read request that was accepted. */
export interface ReadRequest {
  readonly addr: bigint;
  readonly beats: number;
  readonly cycle: number;
}

/** Options of both responders. */
export interface ResponderOptions {
  readonly latency?: readonly [min: number, max: number];
  /** When requests or commands are not accepted. */
  readonly pause?: Pause;
  /** When no response beat comes although one could; write responder: when no data are taken. */
  readonly dataPause?: Pause;
  /** Accesses to these addresses (bus words, or commands) fail. */
  readonly isError?: (addr: bigint) => boolean;
  readonly randomName?: string;
}

/** Serves a read client: `<req>_valid/ready/addr/len` and `<rsp>_valid/data/last/err`, in order, from a memory. */
export class ReadResponder {
  readonly memory: ByteMap;
  readonly requests: ReadRequest[] = [];
  readonly stop: Disarm;
  latency: readonly [min: number, max: number];
  isError: (addr: bigint) => boolean;
  /** Beats of requests that were accepted and not yet answered. */
  outstandingBeats = 0;
  maxOutstandingBeats = 0;

  constructor(bench: ModuleBench, req: string, rsp: string, memory: ByteMap, options: ResponderOptions = {}) {
    this.memory = memory;
    this.latency = options.latency ?? [1, 1];
    this.isError = options.isError ?? (() => false);
    const random: Random = bench.simulator.random.fork(options.randomName ?? `read responder ${req}`);
    const isPause = pauseGenerator(options.pause ?? PAUSES.never, random);
    const isDataPause = pauseGenerator(options.dataPause ?? PAUSES.never, random);
    const valid = bench.signal(`${req}_valid`);
    const ready = bench.signal(`${req}_ready`);
    const addrSignal = bench.signal(`${req}_addr`);
    const lenSignal = bench.signal(`${req}_len`);
    const reset = bench.signal("rst");
    const data = bench.signal(`${rsp}_data`);
    const busBytes = data.width / 8;
    const beats: { addr: bigint; last: boolean; due: number }[] = [];
    let lastDue = 0;
    this.stop = eachCycle(bench.simulator, () => {
      const { cycle } = bench;
      if (reset.isHigh) {
        beats.length = 0;
        this.outstandingBeats = 0;
      } else if (valid.isHigh && ready.isHigh) {
        const addr = addrSignal.value;
        const count = lenSignal.number + 1;
        checkBurst(addr, count, busBytes);
        this.requests.push({ addr, beats: count, cycle });
        lastDue = Math.max(lastDue, cycle + random.between(this.latency[0], this.latency[1]));
        const base = addr - (addr % BigInt(busBytes));
        for (let i = 0; i < count; i++)
          beats.push({ addr: base + BigInt(i * busBytes), last: i === count - 1, due: lastDue });
        this.outstandingBeats += count;
        this.maxOutstandingBeats = Math.max(this.maxOutstandingBeats, this.outstandingBeats);
      }
      ready.value = isPause() ? 0 : 1;
      const next = beats[0];
      if (next !== undefined && next.due <= cycle && !isDataPause()) {
        beats.shift();
        this.outstandingBeats--;
        const isBad = this.isError(next.addr);
        bench.drive({
          [`${rsp}_valid`]: 1,
          [`${rsp}_data`]: isBad ? random.bits(8 * busBytes) : bytesToBigInt(memory.read(next.addr, busBytes)),
          [`${rsp}_last`]: next.last ? 1 : 0,
          [`${rsp}_err`]: isBad ? 1 : 0,
        });
      } else {
        bench.drive({
          [`${rsp}_valid`]: 0,
          [`${rsp}_data`]: random.bits(8 * busBytes),
          [`${rsp}_err`]: random.below(2),
        });
      }
    });
  }
}

/** A write command that is complete. */
export interface WriteCommand {
  readonly addr: bigint;
  readonly bytes: Uint8Array;
  readonly eop: boolean;
  readonly cycle: number;
}

/** Serves a write client: `<cmd>_valid/ready/addr/len/off/eop`, `<dat>_valid/ready/data`, `<done>_valid/err`. */
export class WriteResponder {
  readonly memory: ByteMap;
  /** Commands whose bytes are in memory, in order. */
  readonly commands: WriteCommand[] = [];
  readonly stop: Disarm;
  latency: readonly [min: number, max: number];
  isError: (addr: bigint) => boolean;

  constructor(
    bench: ModuleBench,
    names: { readonly cmd: string; readonly dat: string; readonly done: string },
    memory: ByteMap,
    options: ResponderOptions = {},
  ) {
    this.memory = memory;
    this.latency = options.latency ?? [1, 1];
    this.isError = options.isError ?? (() => false);
    const { cmd, dat, done } = names;
    const random = bench.simulator.random.fork(options.randomName ?? `write responder ${cmd}`);
    const isPause = pauseGenerator(options.pause ?? PAUSES.never, random);
    const isDataPause = pauseGenerator(options.dataPause ?? PAUSES.never, random);
    const reset = bench.signal("rst");
    const signal = (name: string): (() => bigint) => {
      const found = bench.signal(name);
      return () => found.value;
    };
    const cmdValid = bench.signal(`${cmd}_valid`);
    const cmdReady = bench.signal(`${cmd}_ready`);
    const fields = ["addr", "len", "off", "eop"].map((name) => signal(`${cmd}_${name}`));
    const datValid = bench.signal(`${dat}_valid`);
    const datReady = bench.signal(`${dat}_ready`);
    const datData = bench.signal(`${dat}_data`);
    const busBytes = datData.width / 8;
    let queue: { addr: bigint; len: number; off: number; eop: boolean; taken: number[] }[] = [];
    let word: Uint8Array | undefined;
    let dones: { due: number; err: boolean }[] = [];
    let lastDue = 0;
    this.stop = eachCycle(bench.simulator, () => {
      const { cycle } = bench;
      if (reset.isHigh) {
        queue = [];
        dones = [];
        word = undefined;
      } else {
        if (cmdValid.isHigh && cmdReady.isHigh) {
          const [addr = 0n, len = 0n, off = 0n, eop = 0n] = fields.map((read) => read());
          expect(len, "write command length").to.not.equal(0n);
          queue.push({ addr, len: Number(len), off: Number(off), eop: eop === 1n, taken: [] });
        }
        if (datValid.isHigh && datReady.isHigh) word = bigIntToBytes(datData.value, busBytes);
        while (word !== undefined) {
          const command = queue[0];
          if (command === undefined) break;
          const from = command.taken.length === 0 ? command.off : 0;
          const count = Math.min(busBytes - from, command.len - command.taken.length);
          command.taken.push(...word.subarray(from, from + count));
          const isDone = command.taken.length === command.len;
          if (from + count === busBytes || (isDone && command.eop)) word = undefined;
          if (!isDone) continue;
          queue.shift();
          const err = this.isError(command.addr);
          const bytes = Uint8Array.from(command.taken);
          if (!err) memory.write(command.addr, bytes);
          this.commands.push({ addr: command.addr, bytes, eop: command.eop, cycle });
          lastDue = Math.max(lastDue + 1, cycle + random.between(this.latency[0], this.latency[1]));
          dones.push({ due: lastDue, err });
        }
      }
      cmdReady.value = isPause() || queue.length > 4 ? 0 : 1;
      // At most one word is kept while its command has not come.
      datReady.value = isDataPause() || word !== undefined || queue.length === 0 ? 0 : 1;
      const next = dones[0];
      if (next !== undefined && next.due <= cycle) {
        dones.shift();
        bench.drive({ [`${done}_valid`]: 1, [`${done}_err`]: next.err ? 1 : 0 });
      } else {
        bench.drive({ [`${done}_valid`]: 0, [`${done}_err`]: random.below(2) });
      }
    });
  }
}

/** A burst of a byte range. */
export interface Burst {
  readonly addr: bigint;
  readonly beats: number;
  readonly last: boolean;
}

/** Cuts a byte range into bursts as vnet_burst_split documents it: each ends with its aligned block. */
export function splitBursts(addr: bigint, lenBytes: number, busBytes: number, maxBurst: number): Burst[] {
  const block = BigInt(Math.min(maxBurst * busBytes, Number(PAGE)));
  const bursts: Burst[] = [];
  const end = addr + BigInt(lenBytes);
  let at = addr;
  while (at < end) {
    const blockEnd = (at / block + 1n) * block;
    const stop = blockEnd < end ? blockEnd : end;
    const first = at - (at % BigInt(busBytes));
    bursts.push({
      addr: BigInt.asUintN(64, at),
      beats: Number((stop - first + BigInt(busBytes - 1)) / BigInt(busBytes)),
      last: stop === end,
    });
    at = stop;
  }
  return bursts;
}
