/**
 * Expected against seen: frames in both directions, used entries, header contents.
 *
 * The scoreboard never throws while a run goes on; it collects problems, so that one message can show them all. Frames are compared
 * in order per queue pair; used entries in the order in which chains were made available.
 *
 * @module
 */
import type {
  Completion,
  DeliveredFrame,
  DriverObserver,
  HeaderPlacement,
  InterruptWish,
  RxChain,
  ServiceReport,
  TxChain,
  UsedChain,
} from "../virtio/index.ts";
import { describeDifference, firstDifference } from "./hexdump.ts";
import { InterruptRule } from "./interrupt-rule.ts";

/** What went over the device, as the driver and the wire know it. */
export interface QueueTally {
  frames: number;
  bytes: number;
  descriptors: number;
  inline: number;
  alone: number;
  cut: number;
}

/** A frame at the port to the MAC. */
export interface WireFrame {
  readonly data: Uint8Array;
  readonly dest: number;
  readonly header: Uint8Array;
}

/** Problems are kept up to this number; more are only counted. */
const MAX_PROBLEMS = 20;

/** The run did not do what it should. The message has everything. */
export class ScoreboardError extends Error {
  readonly code = "SCOREBOARD";
}

/** A frame that is on its way. */
interface ExpectedFrame {
  readonly data: Uint8Array;
  /** The chain it comes from (transmit). */
  readonly chain: TxChain | undefined;
  /** A reset came in between: it may arrive or not. */
  isOptional: boolean;
}

interface PostedHead {
  readonly head: number;
  readonly chain: TxChain | RxChain;
}

/** See the module text. Pass it to the driver as observer. */
export class Scoreboard implements DriverObserver {
  readonly problems: string[] = [];
  problemCount = 0;

  readonly #where: () => string;
  readonly #txExpected = new Map<number, ExpectedFrame[]>();
  readonly #rxExpected = new Map<number, ExpectedFrame[]>();
  readonly #posted = new Map<number, PostedHead[]>();
  readonly #tallies = new Map<number, QueueTally>();
  readonly #interrupts = new Map<number, InterruptRule>();

  /** `where` is said in front of each problem, e.g. the cycle. */
  constructor(options: { readonly where?: () => string } = {}) {
    this.#where = options.where ?? (() => "");
  }

  /** Notes a problem. */
  report(problem: string): void {
    this.problemCount++;
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(`${this.#where()} ${problem}`.trim());
  }

  // ---- the driver's side

  onPosted(virtqueue: number, chain: TxChain | RxChain, head: number): void {
    listOf(this.#posted, virtqueue).push({ head, chain });
    if (chain.kind === "tx" && !chain.isRefused) {
      listOf(this.#txExpected, virtqueue >> 1).push({ data: chain.frame, chain, isOptional: false });
    }
  }

  onUsed(virtqueue: number, used: UsedChain<TxChain | RxChain>): void {
    const oldest = listOf(this.#posted, virtqueue).shift();
    this.interruptRule(virtqueue).used(used.usedIdx);
    if (oldest?.head !== used.head) {
      this.report(
        `virtqueue ${virtqueue}, used entry ${used.usedIdx}: head ${used.head}, expected ${oldest?.head ?? "none"}`,
      );
    }
    if (used.token.kind === "tx" && used.lenBytes !== 0) {
      this.report(`virtqueue ${virtqueue}, used entry ${used.usedIdx}: length ${used.lenBytes}, expected 0`);
    }
  }

  onArmed(virtqueue: number, wish: InterruptWish, usedIdx: number): void {
    this.interruptRule(virtqueue).arm(wish, usedIdx);
  }

  /** A queue was reset: its chains are gone, and the frames of those that had not come back may be missing. */
  onQueueReset(virtqueue: number): void {
    const lost = new Set(listOf(this.#posted, virtqueue).map(({ chain }) => chain));
    this.#posted.delete(virtqueue);
    this.interruptRule(virtqueue).reset();
    if (virtqueue % 2 === 0) return;
    for (const expected of listOf(this.#txExpected, virtqueue >> 1)) {
      if (expected.chain !== undefined && lost.has(expected.chain)) expected.isOptional = true;
    }
  }

  /** The frames on their way to a queue pair may be lost. */
  allowLossOfReceived(pair: number): void {
    for (const expected of listOf(this.#rxExpected, pair)) expected.isOptional = true;
  }

  // ---- the wire's side

  /** A frame was given to the device to be received by a queue pair. */
  expectReceived(pair: number, frame: Uint8Array): void {
    listOf(this.#rxExpected, pair).push({ data: frame, chain: undefined, isOptional: false });
  }

  /** A frame left the device. */
  seeTransmitted(wire: WireFrame): void {
    const chain = takeExpected(listOf(this.#txExpected, wire.dest), wire.data)?.chain;
    if (chain === undefined) {
      this.report(`TX pair ${wire.dest}: a frame of ${wire.data.length} bytes that nobody sent`);
      return;
    }
    const tally = this.tally(2 * wire.dest + 1);
    countFrame(tally, chain.frame.length, chain.plan.placement);
    tally.descriptors += chain.descriptors;
    const difference = describeDifference(chain.frame, wire.data);
    if (difference !== "") this.report(`TX pair ${wire.dest}, frame ${tally.frames - 1}: ${difference}`);
    const header = new Uint8Array(wire.header.length);
    header.set(chain.header);
    const headerDifference = describeDifference(header, wire.header);
    if (headerDifference !== "") {
      this.report(`TX pair ${wire.dest}, frame ${tally.frames - 1}: header: ${headerDifference}`);
    }
  }

  /** Takes what the driver's service found. */
  see(report: ServiceReport): void {
    for (const frame of report.received) this.#seeReceived(frame);
    for (const completion of report.refused) {
      // A raw chain has no bytes that anybody could expect.
      if (completion.chain.totalBytes === 0) continue;
      this.report(`RX pair ${completion.pair}, used entry ${completion.used.usedIdx}: length 0`);
    }
  }

  /** A queue's interrupt arrived. */
  seeInterrupt(virtqueue: number): void {
    this.interruptRule(virtqueue).interrupt();
  }

  // ---- results

  /** What was seen of a virtqueue. */
  tally(virtqueue: number): QueueTally {
    let tally = this.#tallies.get(virtqueue);
    if (tally === undefined) {
      tally = { frames: 0, bytes: 0, descriptors: 0, inline: 0, alone: 0, cut: 0 };
      this.#tallies.set(virtqueue, tally);
    }
    return tally;
  }

  /** The interrupt rule of a virtqueue. */
  interruptRule(virtqueue: number): InterruptRule {
    let rule = this.#interrupts.get(virtqueue);
    if (rule === undefined) {
      rule = new InterruptRule();
      this.#interrupts.set(virtqueue, rule);
    }
    return rule;
  }

  /** Transmit frames that have not left yet. */
  get txPending(): number {
    return sumOf(this.#txExpected);
  }

  /** Frames given to the device that the driver has not got yet. */
  get rxPending(): number {
    return sumOf(this.#rxExpected);
  }

  /** Forgets frames the device was right to drop. Returns how many there were. */
  forgetReceived(pair: number): number {
    const list = listOf(this.#rxExpected, pair);
    return list.splice(0, list.length).length;
  }

  /** Looks at what must hold when nothing is under way: nothing missing, every due interrupt has come. */
  settle(): void {
    for (const [pair, list] of this.#txExpected) {
      const missing = requiredOf(list);
      if (missing > 0) this.report(`TX pair ${pair}: ${missing} frames never left the device`);
    }
    for (const [pair, list] of this.#rxExpected) {
      const missing = requiredOf(list);
      if (missing > 0) this.report(`RX pair ${pair}: ${missing} frames never reached the driver`);
    }
    for (const [virtqueue, rule] of this.#interrupts) {
      for (const problem of rule.settle()) this.report(`virtqueue ${virtqueue}: ${problem}`);
    }
  }

  /** Throws if there was any problem. */
  check(): void {
    if (this.problemCount === 0) return;
    const more =
      this.problemCount > this.problems.length ? `\n... and ${this.problemCount - this.problems.length} more` : "";
    throw new ScoreboardError(`${this.problemCount} problems\n${this.problems.join("\n")}${more}`);
  }

  #seeReceived(delivered: DeliveredFrame): void {
    const { pair, frame, header, chains } = delivered;
    const virtqueue = 2 * pair;
    const expected = takeExpected(listOf(this.#rxExpected, pair), frame)?.data;
    if (expected === undefined) {
      this.report(`RX pair ${pair}: a frame of ${frame.length} bytes that nobody sent`);
      return;
    }
    const tally = this.tally(virtqueue);
    countFrame(tally, expected.length, delivered.placement);
    for (const { chain } of chains) tally.descriptors += chain.descriptors;
    const name = `RX pair ${pair}, frame ${tally.frames - 1}`;
    const difference = describeDifference(expected, frame);
    if (difference !== "") this.report(`${name}: ${difference}`);
    // The device does no offloads: everything in the header is 0 but the number of buffers.
    const wanted = new Uint8Array(delivered.headerBytes.length);
    if (wanted.length >= 12) new DataView(wanted.buffer).setUint16(10, chains.length, true);
    const headerDifference = describeDifference(wanted, delivered.headerBytes);
    if (headerDifference !== "") this.report(`${name}: header: ${headerDifference}`);
    if (header.numBuffers > 1) this.#checkFilling(name, chains);
  }

  /** All buffers of a merged frame but the last one are full. */
  #checkFilling(name: string, chains: readonly Completion<RxChain>[]): void {
    for (const [index, { chain, used }] of chains.slice(0, -1).entries()) {
      if (used.lenBytes !== chain.totalBytes) {
        this.report(
          `${name}: buffer ${index} has ${used.lenBytes} of ${chain.totalBytes} bytes, yet another one follows`,
        );
      }
    }
  }
}

function countFrame(tally: QueueTally, lenBytes: number, placement: HeaderPlacement): void {
  tally.frames++;
  tally.bytes += lenBytes;
  tally[placement]++;
}

function listOf<T>(map: Map<number, T[]>, key: number): T[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}

/** Takes the oldest frame; optional ones that do not match are passed over, they were lost. */
function takeExpected(list: ExpectedFrame[], seen: Uint8Array): ExpectedFrame | undefined {
  while (list[0]?.isOptional === true && firstDifference(list[0].data, seen) >= 0) list.shift();
  return list.shift();
}

function requiredOf(list: readonly ExpectedFrame[]): number {
  return list.reduce((sum, expected) => sum + (expected.isOptional ? 0 : 1), 0);
}

function sumOf(map: Map<number, ExpectedFrame[]>): number {
  let sum = 0;
  // Optional frames are older than all others: a required last one means that there are required ones.
  for (const list of map.values()) sum += list.at(-1)?.isOptional === false ? list.length : 0;
  return sum;
}
