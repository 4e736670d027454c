/**
 * Makes the cases: the same seed and number give the same case.
 *
 * @module
 */
import type { DeviceAccess, MemoryConfig, RegisterBusConfig } from "../src/bus/index.ts";
import type { Pause, Random } from "../src/core/index.ts";
import { ReferenceDevice, walkChain } from "../src/model/index.ts";
import type { DeviceMemory } from "../src/model/index.ts";
import {
  BAR,
  COMMON_CFG,
  decodeDescriptor,
  DESC_BYTES,
  DESC_F,
  encodeDescriptor,
  ERROR,
  FEATURE,
  ringGeometry,
  STATUS,
} from "../src/virtio/index.ts";
import { FUZZ_BUILDS, IMAGE, imageOffset, MAP, MEMORY, SMALL } from "./plan.ts";
import type { BusFault, Expectation, FuzzBuild, FuzzCase, Profile, QueuePlan, Range, Step, UsedEntry } from "./plan.ts";

const { NEXT, WRITE, INDIRECT } = DESC_F;
const NEVER: Pause = { kind: "never" };
const QUEUE_STRIDE = 0x400;

/** The case with this number. */
export function makeCase(random: Random, index: number, build: FuzzBuild): FuzzCase {
  return new CaseMaker(random, index, FUZZ_BUILDS[build].QUEUE_PAIRS).make();
}

/** The register writes that start the device, in the order of a driver that knows its job. */
export function setupWrites(
  features: bigint,
  queues: readonly QueuePlan[],
  options: { readonly hasConfigVector: boolean },
): Step[] {
  const steps: Step[] = [];
  const write = (offset: number, value: number, sizeBytes: 1 | 2 | 4): void => {
    steps.push(registerWrite(offset, value, sizeBytes));
  };
  write(COMMON_CFG.driverFeatureSelect, 0, 4);
  write(COMMON_CFG.driverFeature, Number(features & 0xffff_ffffn), 4);
  write(COMMON_CFG.driverFeatureSelect, 1, 4);
  write(COMMON_CFG.driverFeature, Number(features >> 32n), 4);
  if (options.hasConfigVector) write(COMMON_CFG.configMsixVector, 0, 2);
  write(COMMON_CFG.deviceStatus, STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK, 1);
  for (const queue of queues) steps.push(...queueWrites(queue));
  write(COMMON_CFG.deviceStatus, STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK | STATUS.DRIVER_OK, 1);
  return steps;
}

/** The register writes that start one queue; the high halves of the addresses are 0 after a reset. */
export function queueWrites(queue: QueuePlan): Step[] {
  return [
    registerWrite(COMMON_CFG.queueSelect, queue.virtqueue, 2),
    registerWrite(COMMON_CFG.queueSize, queue.size, 2),
    registerWrite(COMMON_CFG.queueDesc, queue.desc, 4),
    registerWrite(COMMON_CFG.queueDriver, queue.avail, 4),
    registerWrite(COMMON_CFG.queueDevice, queue.used, 4),
    registerWrite(COMMON_CFG.queueEnable, 1, 2),
  ];
}

/** A register write as a step. */
export function registerWrite(offset: number, value: number, sizeBytes: 1 | 2 | 4): Step {
  const lane = offset & 3;
  return {
    kind: "write",
    offset: offset - lane,
    word: (value << (8 * lane)) >>> 0,
    strobe: ((1 << sizeBytes) - 1) << lane,
  };
}

/** The places of a queue's rings. */
export function queuePlaces(virtqueue: number): {
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
} {
  const at = QUEUE_STRIDE * virtqueue;
  return { desc: MAP.desc.addr + at, avail: MAP.avail.addr + at, used: MAP.used.addr + at };
}

/** Guest memory of the reference: it may touch anything, and there is nothing where nothing is. */
class ReferenceMemory implements DeviceMemory {
  readonly bytes = new Uint8Array(MEMORY.lenBytes);

  deviceRead(addr: bigint, lenBytes: number): Uint8Array {
    const at = Number(addr) - MEMORY.addr;
    if (at < 0 || at + lenBytes > MEMORY.lenBytes) throw new RangeError(`read of 0x${addr.toString(16)}`);
    return this.bytes.subarray(at, at + lenBytes);
  }

  deviceWrite(addr: bigint, bytes: Uint8Array): void {
    const at = Number(addr) - MEMORY.addr;
    if (at < 0 || at + bytes.length > MEMORY.lenBytes) throw new RangeError(`write of 0x${addr.toString(16)}`);
    this.bytes.set(bytes, at);
  }
}

class CaseMaker {
  readonly #random: Random;
  readonly #index: number;
  readonly #pairs: number;
  readonly #image = new Uint8Array(IMAGE.lenBytes);
  readonly #view = new DataView(this.#image.buffer);
  readonly #colour: number;
  readonly #offers: (Range & { access: DeviceAccess })[] = [];

  constructor(random: Random, index: number, pairs: number) {
    this.#random = random;
    this.#index = index;
    this.#pairs = pairs;
    this.#colour = index % 8;
  }

  make(): FuzzCase {
    const r = this.#random;
    const profile = r.pick<Profile>(["rings", "rings", "rings", "faults", "faults", "registers", "registers", "wild"]);
    const features = this.#features();
    this.#fillSources();
    if (profile === "wild") this.#fillWild();
    const queues = this.#queues(profile);
    this.#fillTables(features);
    const base = {
      index: this.#index,
      profile,
      colour: this.#colour,
      features,
      queues,
      image: this.#image,
      memory: this.#memory(),
      registers: this.#registers(),
      sinkPause: r.chance(0.3) ? this.#pause() : NEVER,
      sourcePause: r.chance(0.3) ? this.#pause() : NEVER,
      irqPause: r.chance(0.2) ? this.#pause() : NEVER,
      isHardReset: r.chance(0.04),
    };
    if (profile === "registers" || profile === "wild") {
      const isWild = profile === "wild";
      this.#offerEverything();
      return {
        ...base,
        offers: this.#offers,
        isMemoryChecked: !isWild,
        faults: r.chance(0.4) ? this.#faults() : [],
        steps: this.#chaos(features, queues, isWild),
        isSettled: false,
        expected: undefined,
      };
    }
    const isExact = profile === "rings";
    const frames = this.#frames();
    const { expected, accepted } = this.#expect(features, queues, frames, isExact);
    const faults = isExact ? [] : this.#faults();
    return {
      ...base,
      offers: this.#offers,
      isMemoryChecked: true,
      faults,
      steps: this.#orderly(features, queues, accepted, isExact),
      isSettled: isExact || r.chance(0.6),
      expected,
    };
  }

  // --- memory ------------------------------------------------------------------------------------------------------------

  #fillSources(): void {
    const r = this.#random;
    const from = imageOffset(MAP.sources.addr);
    // Mostly without NEEDS_CSUM in what may become the flags of a header: bit 0 of all bytes.
    const mask = r.chance(0.8) ? 0x0e : 0x0f;
    const base = 0x80 | (this.#colour << 4);
    for (let at = from; at < from + MAP.sources.lenBytes; at += 4) {
      let word = r.u32();
      for (let i = at; i < at + 4; i++) {
        this.#image[i] = base | (word & mask);
        word >>>= 8;
      }
    }
  }

  #fillWild(): void {
    this.#image.set(this.#random.bytes(imageOffset(MAP.sources.addr)));
  }

  /** Indirect tables: all of the area, so that a table may begin anywhere. */
  #fillTables(features: bigint): void {
    const r = this.#random;
    const isRx = r.chance(0.5);
    const entries = 48;
    const hasTables = (features & FEATURE.INDIRECT_DESC) !== 0n || r.chance(0.2);
    for (let i = 0; i < (hasTables ? entries : 0); i++) {
      this.#putDescriptor(MAP.tables.addr + DESC_BYTES * i, 6, { isRx, isTable: true });
    }
  }

  #putDescriptor(addr: number, entries: number, options: { readonly isRx: boolean; readonly isTable: boolean }): void {
    const r = this.#random;
    let flags = 0;
    if (r.chance(0.45)) flags |= NEXT;
    if (options.isRx !== r.chance(0.06)) flags |= WRITE;
    if (r.chance(options.isTable ? 0.03 : 0.18)) {
      flags |= INDIRECT;
      if (r.chance(0.85)) flags &= ~NEXT;
    }
    if (r.chance(0.03)) flags |= 8 << r.below(13);
    const next = r.chance(0.93) ? r.below(entries) : r.below(65536);
    let at: number;
    let lenBytes: number;
    if ((flags & INDIRECT) !== 0) {
      at = MAP.tables.addr + DESC_BYTES * r.below(32);
      lenBytes = r.chance(0.8) ? DESC_BYTES * r.between(1, 8) : r.pick([0, 8, 17, 272, 256, 1, 0xffff_fff0]);
    } else {
      at = ((flags & WRITE) !== 0 ? MAP.targets.addr : MAP.sources.addr) + r.below(0x1000);
      lenBytes = this.#length();
    }
    encodeDescriptor({ addr: BigInt(at), lenBytes, flags, next }, this.#view, imageOffset(addr));
  }

  #length(): number {
    const r = this.#random;
    const kind = r.below(100);
    if (kind < 55) return r.between(1, 40);
    if (kind < 80) return r.between(1, 300);
    if (kind < 86) return 0;
    if (kind < 93) return r.between(1, 2100);
    if (kind < 97) return r.pick([9, 10, 11, 12, 13, 2048, 2058, 2060, 2061]);
    return r.pick([0x1_0000, 0xffff_ffff, 0x8000_0000, 0x1000, 0x10_0000]);
  }

  #queues(profile: Profile): QueuePlan[] {
    const r = this.#random;
    const isCorrect = profile === "rings" || profile === "faults";
    const queues: QueuePlan[] = [];
    for (let virtqueue = 0; virtqueue < 2 * this.#pairs; virtqueue++) {
      const size = 2 ** r.between(1, 4);
      const places = queuePlaces(virtqueue);
      const count = r.between(isCorrect ? 0 : 1, size);
      const heads = Array.from({ length: count }, () => r.below(size));
      const availIdx = r.chance(0.02) ? r.below(65536) : count;
      // What nobody wrote is 0.
      while (heads.length < availIdx && availIdx <= size) heads.push(0);
      const plan: QueuePlan = {
        virtqueue,
        size,
        desc: places.desc + DESC_BYTES * r.below(8),
        avail: places.avail + 2 * r.below(32),
        used: places.used + 4 * r.below(16),
        heads,
        availIdx,
      };
      if (count > 0 && r.chance(0.02)) heads[r.below(count)] = r.chance(0.5) ? size : r.below(65536);
      for (let i = 0; i < size; i++) {
        this.#putDescriptor(plan.desc + DESC_BYTES * i, size, { isRx: virtqueue % 2 === 0, isTable: false });
      }
      const { availBytes, usedEventOffset, usedBytes, descBytes } = ringGeometry(size);
      const at = imageOffset(plan.avail);
      this.#view.setUint16(at, r.chance(0.7) ? 0 : r.below(65536), true);
      this.#view.setUint16(at + 2, plan.availIdx, true);
      for (const [i, head] of heads.entries()) this.#view.setUint16(at + 4 + 2 * i, head, true);
      this.#view.setUint16(at + usedEventOffset, r.chance(0.5) ? r.below(size) : r.below(65536), true);
      if (isCorrect) {
        this.#offers.push({ addr: plan.desc, lenBytes: descBytes, access: "read" });
        this.#offers.push({ addr: plan.avail, lenBytes: availBytes, access: "read" });
        this.#offers.push({ addr: plan.used, lenBytes: usedBytes, access: "readwrite" });
      }
      queues.push(plan);
    }
    return queues;
  }

  /** For cases in which the registers may come to any state: each kind of access its own part of memory, and what is not there. */
  #offerEverything(): void {
    const add = (addr: number, end: number, access: DeviceAccess): void => {
      this.#offers.push({ addr, lenBytes: end - addr, access });
    };
    add(0, MEMORY.addr, "readwrite");
    add(MAP.desc.addr, MAP.tables.addr, "read");
    add(MAP.avail.addr, MAP.used.addr, "read");
    add(MAP.used.addr, MAP.sources.addr, "readwrite");
    this.#offerBuffers();
  }

  #offerBuffers(): void {
    this.#offers.push({ ...MAP.tables, access: "read" });
    this.#offers.push({ ...MAP.sources, access: "read" });
    this.#offers.push({ ...MAP.targets, access: "write" });
  }

  // --- surroundings ------------------------------------------------------------------------------------------------------

  #features(): bigint {
    const r = this.#random;
    let features = r.chance(0.75) ? FEATURE.VERSION_1 : 0n;
    if (r.chance(0.4)) features |= FEATURE.ANY_LAYOUT;
    if (r.chance(0.4)) features |= FEATURE.NET_MRG_RXBUF;
    if (r.chance(0.75)) features |= FEATURE.INDIRECT_DESC;
    if (r.chance(0.6)) features |= FEATURE.EVENT_IDX;
    return features | FEATURE.RING_RESET;
  }

  #memory(): MemoryConfig {
    const r = this.#random;
    if (r.chance(0.5)) return { seed: r.between(1, 1 << 30) };
    const latency = (): readonly [number, number] => [1, r.pick([2, 5, 20, 40])];
    const maybe = (): Pause => (r.chance(0.2) ? this.#pause() : NEVER);
    return {
      seed: r.between(1, 1 << 30),
      readLatency: latency(),
      writeLatency: latency(),
      reorder: r.chance(0.5),
      ...(r.chance(0.2) ? { maxReads: 1, maxWrites: 1 } : {}),
      pauseAr: maybe(),
      pauseR: maybe(),
      pauseAw: maybe(),
      pauseW: maybe(),
      pauseB: maybe(),
    };
  }

  #registers(): RegisterBusConfig {
    const r = this.#random;
    if (r.chance(0.7)) return { seed: 1 };
    const maybe = (): Pause => (r.chance(0.3) ? this.#pause() : NEVER);
    return {
      seed: r.between(1, 1 << 30),
      maxOutstanding: r.between(1, 4),
      pauseAw: maybe(),
      pauseW: maybe(),
      pauseB: maybe(),
      pauseAr: maybe(),
      pauseR: maybe(),
    };
  }

  #pause(): Pause {
    const r = this.#random;
    return r.chance(0.5)
      ? { kind: "random", probability: r.pick([0.1, 0.5, 0.75]) }
      : { kind: "bursty", go: r.between(1, 10), pause: r.between(1, 20) };
  }

  #faults(): BusFault[] {
    const r = this.#random;
    return Array.from({ length: r.between(0, 3) }, () => {
      const area = r.pick(Object.values(MAP));
      const lenBytes = r.pick([4, 16, 64, area.lenBytes]);
      return {
        addr: area.addr + (lenBytes === area.lenBytes ? 0 : r.below(r.chance(0.5) ? 0x100 : area.lenBytes)),
        lenBytes,
        on: r.pick(["read", "write", "readwrite"] as const),
        response: r.pick(["SLVERR", "DECERR"] as const),
        count: r.pick([1, 1, 2, 0]),
      };
    });
  }

  #frames(): Extract<Step, { kind: "frame" }>[] {
    const r = this.#random;
    return Array.from({ length: r.below(4) }, () => this.#frame());
  }

  #frame(): Extract<Step, { kind: "frame" }> {
    const r = this.#random;
    const lenBytes = r.chance(0.7) ? r.between(1, 120) : r.chance(0.9) ? r.between(1, 1600) : r.between(2040, 2300);
    const bytes = new Uint8Array(lenBytes);
    const base = 0x80 | (this.#colour << 4);
    for (let i = 0; i < lenBytes; i++) bytes[i] = base | (r.u32() & 15);
    const dest = r.chance(0.94) ? r.below(this.#pairs) : r.below(256);
    return { kind: "frame", bytes, dest, isBad: r.chance(0.05) };
  }

  // --- steps -------------------------------------------------------------------------------------------------------------

  /** A driver whose registers are right: what the rings hold is another matter. */
  #orderly(features: bigint, queues: readonly QueuePlan[], frames: readonly Step[], isExact: boolean): Step[] {
    const r = this.#random;
    const steps: Step[] = [];
    // Some queues get their chains only later, with a notification.
    const late = queues.filter(() => r.chance(0.3));
    for (const queue of late) this.#view.setUint16(imageOffset(queue.avail) + 2, 0, true);
    steps.push(...setupWrites(features, queues, { hasConfigVector: true }), { kind: "accesses" });
    const rest: Step[][] = late.map((queue) => {
      const idx = new Uint8Array(2);
      new DataView(idx.buffer).setUint16(0, queue.availIdx, true);
      return [{ kind: "memory", addr: queue.avail + 2, bytes: idx }, this.#kick(queue.virtqueue)];
    });
    rest.push(...frames.map((frame) => [frame]));
    if (r.chance(0.2)) rest.push([this.#kick(r.below(2 * this.#pairs + 1))]);
    if (!isExact) {
      for (let i = r.below(3); i > 0; i--) rest.push([this.#change(queues)]);
      if (r.chance(0.25)) rest.push(this.#resetQueue(r.pick(queues)));
    }
    // In any order, but the frames in theirs.
    const shuffled = r.shuffle(rest);
    let frame = 0;
    for (const part of shuffled) {
      const isFrame = part[0]?.kind === "frame";
      steps.push(...(isFrame ? [frames[frame++] ?? { kind: "run" as const, cycles: 1 }] : part));
      if (r.chance(0.5)) steps.push({ kind: "run", cycles: r.between(1, 60) });
    }
    return steps;
  }

  #kick(virtqueue: number): Step {
    return registerWrite(BAR.notify + BAR.notifyStride * virtqueue, virtqueue, 2);
  }

  /**
   * A descriptor becomes like another one of its kind while the device may be reading it. The device may see the address of one and the
   * length and flags of the other; of the same kind, both halves together are within what is on offer, too.
   */
  #change(queues: readonly QueuePlan[]): Step {
    const r = this.#random;
    const queue = r.pick(queues);
    const at = (index: number): number => queue.desc + DESC_BYTES * index;
    const kind = (index: number): number =>
      this.#view.getUint16(imageOffset(at(index)) + 12, true) & (WRITE | INDIRECT);
    const changed = r.below(queue.size);
    const alike = Array.from({ length: queue.size }, (_, i) => i).filter((i) => kind(i) === kind(changed));
    const model = imageOffset(at(r.pick(alike)));
    return { kind: "memory", addr: at(changed), bytes: this.#image.slice(model, model + DESC_BYTES) };
  }

  #resetQueue(queue: QueuePlan): Step[] {
    return [
      registerWrite(COMMON_CFG.queueSelect, queue.virtqueue, 2),
      registerWrite(COMMON_CFG.queueReset, 1, 2),
      { kind: "queueReset", virtqueue: queue.virtqueue },
      ...(this.#random.chance(0.7) ? queueWrites(queue) : []),
      { kind: "accesses" },
    ];
  }

  /** Anything in any order. */
  #chaos(features: bigint, queues: readonly QueuePlan[], isWild: boolean): Step[] {
    const r = this.#random;
    const steps: Step[] = r.chance(0.6) ? setupWrites(features, queues, { hasConfigVector: true }) : [];
    for (let i = r.between(5, 40); i > 0; i--) {
      const kind = r.below(100);
      if (kind < 55) steps.push(this.#anyWrite(queues, isWild));
      else if (kind < 70) steps.push({ kind: "read", offset: 4 * r.below(r.chance(0.8) ? 0x10 : 0x1000) });
      else if (kind < 85) steps.push({ kind: "run", cycles: r.between(1, 80) });
      else if (kind < 93) steps.push(this.#frame());
      else if (kind < 97) steps.push(this.#change(queues));
      else {
        steps.push({
          kind: "signal",
          name: r.pick(["cfg_link_up", "cfg_msix_enable"] as const),
          value: r.chance(0.5) ? 1 : 0,
        });
      }
    }
    steps.push({ kind: "accesses" }, { kind: "run", cycles: r.between(1, 200) });
    return steps;
  }

  #anyWrite(queues: readonly QueuePlan[], isWild: boolean): Step {
    const r = this.#random;
    let strobe = r.pick([1, 2, 3, 4, 8, 12, 15, 15, 15, r.below(16)]);
    const kind = r.below(100);
    let offset: number;
    let word = r.chance(0.5) ? r.u32() : r.below(8) * (r.chance(0.5) ? 1 : 0x1_0001);
    if (kind < 70) offset = 4 * r.below(16);
    else if (kind < 85) {
      offset = 0x1000 + 4 * r.below(r.chance(0.8) ? 8 : 1024);
      word = r.chance(0.8) ? r.below(6) : word;
    } else offset = 4 * r.below(0x1000);
    if (offset === 0x14) {
      // Status and queue_select: the values that mean something.
      const status = r.pick([0, 1, 3, 11, 15, 15, 15, 4, 7, 0x40, 0x80, r.below(256)]);
      word = (status | (r.chance(0.9) ? r.below(2 * this.#pairs) << 16 : r.u32() & 0xffff_0000)) >>> 0;
    } else if (offset === 0x18 && r.chance(0.7)) {
      word = ((2 ** r.below(6)) | (0xffff << 16)) >>> 0;
    } else if (offset === 0x1c && r.chance(0.7)) {
      word = 1;
    } else if (offset >= 0x20 && offset < 0x38 && !isWild) {
      // Whatever bytes of it are written, the address is one that was offered.
      strobe |= 3;
      const queue = r.pick(queues);
      const area = [MAP.desc, MAP.avail, MAP.used][(offset - 0x20) >> 3] ?? MAP.desc;
      const place = [queue.desc, queue.avail, queue.used][(offset - 0x20) >> 3] ?? 0;
      word = (offset & 4) !== 0 ? 0 : r.chance(0.7) ? place : area.addr + r.below(0xe00);
    } else if (offset === BAR.rxWait && r.chance(0.5)) {
      word = r.below(200);
    }
    return { kind: "write", offset, word, strobe };
  }

  // --- what it should come to --------------------------------------------------------------------------------------------

  /** Plays the case on the reference, and offers what its chains name. Returns the frames that get in, too. */
  #expect(
    features: bigint,
    queues: readonly QueuePlan[],
    frames: readonly Extract<Step, { kind: "frame" }>[],
    isExact: boolean,
  ): { expected: Expectation; accepted: Step[] } {
    const isStop = queues.some((queue) => stopPosition(queue) !== undefined);
    // Where descriptors change meanwhile, the chains may be any.
    if (isExact) for (const queue of queues) this.#offerChains(features, queue);
    else this.#offerBuffers();
    const memory = new ReferenceMemory();
    memory.bytes.set(this.#image);
    // A queue that stops is left before the entry at which it does.
    const view = new DataView(memory.bytes.buffer);
    for (const queue of queues) {
      const stop = stopPosition(queue);
      if (stop !== undefined) view.setUint16(queue.avail + 2 - MEMORY.addr, stop, true);
    }
    const device = new ReferenceDevice({
      memory,
      queuePairs: this.#pairs,
      queueSizeMax: SMALL.QUEUE_SIZE_MAX,
      chainMax: SMALL.CHAIN_MAX,
      frameMax: SMALL.FRAME_MAX,
    });
    for (const step of setupWrites(features, queues, { hasConfigVector: false })) {
      if (step.kind === "write") writeReference(device, step);
    }
    device.transmit();
    const accepted: Step[] = [];
    for (const frame of frames) {
      const isDropped = frame.isBad || frame.bytes.length > SMALL.FRAME_MAX || frame.dest >= this.#pairs;
      accepted.push(frame);
      if (isDropped) continue;
      const before = device.errors[ERROR.RX_NO_FIT];
      if (device.receive(frame.bytes, frame.dest)) continue;
      const isMergeable = (features & FEATURE.NET_MRG_RXBUF) !== 0n;
      if (!isMergeable && device.errors[ERROR.RX_NO_FIT] !== before) continue;
      // It would wait for a buffer for ever, and everything behind it.
      if (isExact) accepted.pop();
      break;
    }
    const used = queues.map((queue) => readUsed(memory.bytes, MEMORY.addr, queue));
    return {
      expected: {
        isExact: isExact && !isStop,
        frames: device.transmitted,
        used,
        targets: memory.bytes.slice(MAP.targets.addr - MEMORY.addr),
        isStop,
      },
      accepted,
    };
  }

  /** Offers the buffers and tables that the chains of a queue name, and nothing else. */
  #offerChains(features: bigint, queue: QueuePlan): void {
    const isRx = queue.virtqueue % 2 === 0;
    const rules = {
      direction: isRx ? ("rx" as const) : ("tx" as const),
      queueSize: queue.size,
      chainMax: SMALL.CHAIN_MAX,
      hasIndirect: (features & FEATURE.INDIRECT_DESC) !== 0n,
    };
    for (const head of new Set(queue.heads)) {
      if (head >= queue.size) continue;
      const walked = walkChain(head, BigInt(queue.desc), rules, (addr) => {
        const desc = decodeDescriptor(this.#view, imageOffset(Number(addr)));
        const isTable = (desc.flags & INDIRECT) !== 0;
        const isLegal =
          desc.lenBytes > 0 && desc.lenBytes % DESC_BYTES === 0 && desc.lenBytes <= DESC_BYTES * queue.size;
        if (isTable && isLegal) {
          this.#offers.push({ addr: Number(desc.addr), lenBytes: desc.lenBytes, access: "read" });
        }
        return desc;
      });
      for (const { addr, lenBytes } of walked.elements) {
        const area = isRx ? MAP.targets : MAP.sources;
        const end = Math.min(Number(addr) + lenBytes, area.addr + area.lenBytes);
        this.#offers.push({ addr: Number(addr), lenBytes: end - Number(addr), access: isRx ? "write" : "read" });
      }
    }
  }
}

/** The position in the available ring at which the device has to stop, if there is one. */
export function stopPosition(queue: QueuePlan): number | undefined {
  if (queue.availIdx > queue.size) return 0;
  const count = queue.availIdx;
  for (let i = 0; i < count; i++) if ((queue.heads[i] ?? 0) >= queue.size) return i;
  return undefined;
}

/** The used entries of a queue, from a copy of memory that begins at `base`. */
export function readUsed(bytes: Uint8Array, base: number, queue: QueuePlan): UsedEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + queue.used - base);
  const count = view.getUint16(2, true);
  return Array.from({ length: Math.min(count, queue.size) }, (_, i) => ({
    head: view.getUint32(4 + 8 * i, true),
    lenBytes: view.getUint32(8 + 8 * i, true),
  }));
}

function writeReference(device: ReferenceDevice, step: Extract<Step, { kind: "write" }>): void {
  const lane = 31 - Math.clz32(step.strobe & -step.strobe);
  const sizeBytes = step.strobe === 15 ? 4 : step.strobe === 3 << lane ? 2 : 1;
  device.write(step.offset + lane, step.word >>> (8 * lane), sizeBytes);
}
