/**
 * The device as plain software: what the Verilog must do, without cycles.
 *
 * It serves the unit tests of driver and scoreboard, and tells the system tests what a hostile chain should come to. It looks at memory
 * only through {@link DeviceMemory}, so that the same permission rules hold.
 *
 * @module
 */
import {
  BAR,
  COMMON_CFG,
  crossesEvent,
  decodeDescriptor,
  DESC_BYTES,
  DESC_F,
  ERROR,
  FEATURE,
  hasAnyLayout,
  headerPlacement,
  ISR,
  NET_HDR_F,
  netHeaderLenBytes,
  NO_VECTOR,
  ringGeometry,
  STATUS,
} from "../virtio/index.ts";
import type { Descriptor, DeviceRegisters } from "../virtio/index.ts";

/** Guest memory as a device sees it. A wrong access throws. */
export interface DeviceMemory {
  deviceRead(addr: bigint, lenBytes: number): Uint8Array;
  deviceWrite(addr: bigint, bytes: Uint8Array): void;
}

/** Limits of a device that decide what happens to a chain. */
export interface ChainRules {
  readonly direction: "tx" | "rx";
  readonly queueSize: number;
  readonly chainMax: number;
  readonly hasIndirect: boolean;
}

/** What a walk along a chain found. */
export interface WalkedChain {
  /** Elements up to the error, zero lengths included. */
  readonly elements: readonly { readonly addr: bigint; readonly lenBytes: number }[];
  /** 0 or the error code. */
  readonly error: number;
  /** Descriptors that were read. */
  readonly descriptors: number;
  readonly zeroElements: number;
}

/**
 * Walks a chain by the rules of docs/architecture.md, section 6.
 *
 * @param read - reads the descriptor at an address
 */
export function walkChain(
  head: number,
  descAddr: bigint,
  rules: ChainRules,
  read: (addr: bigint) => Descriptor,
): WalkedChain {
  const elements: { addr: bigint; lenBytes: number }[] = [];
  const limit = Math.min(rules.queueSize, rules.chainMax);
  let descriptors = 0;
  let zeroElements = 0;
  let table = { addr: descAddr, entries: rules.queueSize, isIndirect: false };
  let index = head;
  const end = (error: number): WalkedChain => ({ elements, error, descriptors, zeroElements });
  for (;;) {
    const desc = read(table.addr + BigInt(DESC_BYTES * index));
    descriptors++;
    const hasNext = (desc.flags & DESC_F.NEXT) !== 0;
    if ((desc.flags & DESC_F.INDIRECT) !== 0) {
      if (table.isIndirect) return end(ERROR.INDIRECT_NESTED);
      if (!rules.hasIndirect || hasNext) return end(ERROR.INDIRECT_FLAG);
      const entries = desc.lenBytes / DESC_BYTES;
      if (!Number.isInteger(entries) || entries < 1 || entries > rules.queueSize) return end(ERROR.INDIRECT_LEN);
      table = { addr: desc.addr, entries, isIndirect: true };
      index = 0;
      continue;
    }
    if (((desc.flags & DESC_F.WRITE) !== 0) !== (rules.direction === "rx")) {
      // In a receive chain everything before was writable, so a later readable element breaks the order.
      return end(rules.direction === "rx" && elements.length > 0 ? ERROR.ORDER : ERROR.DIRECTION);
    }
    if (hasNext && desc.next >= table.entries) return end(ERROR.NEXT_RANGE);
    if (hasNext && elements.length + 1 === limit) return end(ERROR.CHAIN_LONG);
    elements.push({ addr: desc.addr, lenBytes: desc.lenBytes });
    if (desc.lenBytes === 0) zeroElements++;
    if (!hasNext) return end(0);
    index = desc.next;
  }
}

/** How a reference device is built. */
export interface ReferenceOptions {
  readonly memory: DeviceMemory;
  readonly queuePairs?: number;
  readonly queueSizeMax?: number;
  readonly chainMax?: number;
  readonly frameMax?: number;
  readonly isStrictLayout?: boolean;
  readonly offersAnyHeaderSg?: boolean;
  /** Breaks the device in a known way, to see that the scoreboard notices. */
  readonly fault?: ReferenceFault;
}

/** Known ways to be wrong. */
export type ReferenceFault =
  | "flipFrameByte"
  | "dropFrame"
  | "wrongHeader"
  | "wrongUsedLength"
  | "swapUsed"
  | "noInterrupt"
  | "writeBeyond"
  | "numBuffersZero";

/** A frame that the reference device has sent. */
export interface SentWireFrame {
  readonly data: Uint8Array;
  readonly dest: number;
  readonly header: Uint8Array;
}

interface QueueState {
  readonly virtqueue: number;
  size: number;
  vector: number;
  isEnabled: boolean;
  desc: bigint;
  avail: bigint;
  used: bigint;
  availIdx: number;
  usedIdx: number;
  readonly counters: {
    frames: number;
    bytes: number;
    descriptors: number;
    inline: number;
    alone: number;
    cut: number;
    notifications: number;
    interrupts: number;
  };
}

/** See the module text. */
export class ReferenceDevice implements DeviceRegisters {
  readonly transmitted: SentWireFrame[] = [];
  readonly interrupts: number[] = [];
  readonly errors: number[] = new Array<number>(32).fill(0);

  readonly #options: ReferenceOptions;
  readonly #memory: DeviceMemory;
  readonly #queues: QueueState[];
  readonly #registers = new Uint8Array(0x40);
  #status = 0;
  #features = 0n;
  #isr = 0;
  #lastError = 0;

  constructor(options: ReferenceOptions) {
    this.#options = options;
    this.#memory = options.memory;
    this.#queues = Array.from({ length: 2 * this.#pairs }, (_, virtqueue) => this.#freshQueue(virtqueue));
    this.#clear();
  }

  /** Features on offer. */
  get offered(): bigint {
    return (
      FEATURE.NET_MTU |
      FEATURE.NET_MAC |
      FEATURE.NET_MRG_RXBUF |
      FEATURE.NET_STATUS |
      FEATURE.ANY_LAYOUT |
      FEATURE.INDIRECT_DESC |
      FEATURE.EVENT_IDX |
      FEATURE.VERSION_1 |
      FEATURE.RING_RESET |
      (this.#options.offersAnyHeaderSg === true ? FEATURE.NET_ANY_HEADER_SG : 0n)
    );
  }

  // ---- registers

  write(offset: number, value: number, sizeBytes: 1 | 2 | 4): void {
    if (offset >= BAR.notify && offset < BAR.id) {
      this.#kick((offset - BAR.notify) / BAR.notifyStride);
    } else if (offset === COMMON_CFG.deviceStatus) {
      this.#writeStatus(value);
    } else if (offset < 0x40) {
      for (let i = 0; i < sizeBytes; i++) this.#registers[offset + i] = (value >>> (8 * i)) & 0xff;
      this.#wroteCommon(offset);
    }
  }

  read(offset: number, sizeBytes: 1 | 2 | 4): Promise<number> {
    return Promise.resolve(this.#read(offset, sizeBytes));
  }

  // ---- frames

  /** Does all the transmit work there is. */
  transmit(): void {
    for (let pair = 0; pair < this.#pairs; pair++) {
      const queue = this.#queue(2 * pair + 1);
      const done: { head: number; lenBytes: number }[] = [];
      while (this.#isRunning(queue) && queue.availIdx !== this.#availIdx(queue)) {
        done.push({ head: this.#transmitOne(queue, pair), lenBytes: this.#fault === "wrongUsedLength" ? 1 : 0 });
      }
      this.#publish(queue, done);
      if (this.#isRunning(queue) && this.#has(FEATURE.EVENT_IDX)) {
        this.#write16(queue.used + BigInt(ringGeometry(queue.size).availEventOffset), queue.availIdx);
      }
    }
  }

  /** A frame comes from the wire. Returns false if it was dropped. */
  receive(frame: Uint8Array, pair = 0): boolean {
    const queue = this.#queue(2 * pair);
    if (!this.#isRunning(queue)) return this.#drop(ERROR.RX_NO_QUEUE, queue);
    const headerLen = netHeaderLenBytes(this.#features);
    const isMergeable = this.#has(FEATURE.NET_MRG_RXBUF);
    const need = headerLen + frame.length;
    const chains: { head: number; walked: WalkedChain; room: number }[] = [];
    // Chains that cannot be used come back before the frame, wherever they lie between those that it takes.
    const refused: { head: number; error: number }[] = [];
    let room = 0;
    let at = queue.availIdx;
    while (room < need && at !== this.#availIdx(queue) && (isMergeable || chains.length === 0)) {
      const head = this.#availEntry(queue, at);
      const walked = this.#walk(queue, head, "rx");
      const bytes = walked.elements.reduce((sum, element) => sum + element.lenBytes, 0);
      const error = walked.error !== 0 ? walked.error : bytes < headerLen ? ERROR.CHAIN_SHORT : 0;
      at = (at + 1) & 0xffff;
      if (error !== 0) {
        refused.push({ head, error });
        continue;
      }
      chains.push({ head, walked, room: bytes });
      room += bytes;
    }
    if (chains.length === 0) return this.#drop(ERROR.RX_NO_BUFFER, queue);
    if (room < need) return this.#drop(ERROR.RX_NO_FIT, queue);
    queue.availIdx = at;
    for (const { head, error } of refused) {
      this.#error(error, queue);
      this.#publish(queue, [{ head, lenBytes: 0 }]);
    }
    const packet = new Uint8Array(need);
    packet.set(frame, headerLen);
    if (headerLen >= 12) packet[10] = this.#fault === "numBuffersZero" ? 0 : chains.length;
    if (this.#fault === "flipFrameByte") packet[need - 1] = (packet[need - 1] ?? 0) ^ 1;
    this.#scatter(queue, packet, chains);
    return true;
  }

  // ---- inside

  get #pairs(): number {
    return this.#options.queuePairs ?? 1;
  }

  get #fault(): ReferenceFault | undefined {
    return this.#options.fault;
  }

  #freshQueue(virtqueue: number): QueueState {
    return {
      virtqueue,
      size: this.#options.queueSizeMax ?? 256,
      vector: NO_VECTOR,
      isEnabled: false,
      desc: 0n,
      avail: 0n,
      used: 0n,
      availIdx: 0,
      usedIdx: 0,
      counters: { frames: 0, bytes: 0, descriptors: 0, inline: 0, alone: 0, cut: 0, notifications: 0, interrupts: 0 },
    };
  }

  #clear(): void {
    this.#registers.fill(0);
    this.#status = 0;
    this.#features = 0n;
    this.#isr = 0;
    for (const queue of this.#queues) this.#clearQueue(queue);
  }

  #clearQueue(queue: QueueState): void {
    // The counters outlive a driver's reset.
    Object.assign(queue, { ...this.#freshQueue(queue.virtqueue), counters: queue.counters });
  }

  #queue(virtqueue: number): QueueState {
    const queue = this.#queues[virtqueue];
    if (queue === undefined) throw new RangeError(`no virtqueue ${virtqueue}`);
    return queue;
  }

  #selected(): QueueState | undefined {
    return this.#queues[this.#common(COMMON_CFG.queueSelect, 2)];
  }

  #has(feature: bigint): boolean {
    return (this.#features & feature) !== 0n;
  }

  #isRunning(queue: QueueState): boolean {
    return (
      queue.isEnabled && (this.#status & STATUS.DRIVER_OK) !== 0 && (this.#status & STATUS.DEVICE_NEEDS_RESET) === 0
    );
  }

  #writeStatus(value: number): void {
    if (value === 0) {
      this.#clear();
      return;
    }
    let status = this.#status | value;
    if ((status & STATUS.FEATURES_OK) !== 0 && (this.#features & ~this.offered) !== 0n) status &= ~STATUS.FEATURES_OK;
    this.#status = status;
  }

  #wroteCommon(offset: number): void {
    const queue = this.#selected();
    switch (offset) {
      case COMMON_CFG.driverFeature: {
        const window = BigInt(32 * this.#common(COMMON_CFG.driverFeatureSelect, 4));
        const word = BigInt(this.#common(COMMON_CFG.driverFeature, 4) >>> 0);
        this.#features = (this.#features & ~(0xffff_ffffn << window)) | (word << window);
        break;
      }
      case COMMON_CFG.queueReset:
        if (queue !== undefined) this.#clearQueue(queue);
        break;
      default:
        if (queue !== undefined) this.#wroteQueue(offset, queue);
    }
  }

  #wroteQueue(offset: number, queue: QueueState): void {
    const low = BigInt(this.#common(offset, 4) >>> 0);
    const put = (old: bigint, isHigh: boolean): bigint =>
      isHigh ? (old & 0xffff_ffffn) | (low << 32n) : (old & ~0xffff_ffffn) | low;
    switch (offset) {
      case COMMON_CFG.queueSize:
        queue.size = this.#common(offset, 2);
        break;
      case COMMON_CFG.queueMsixVector:
        queue.vector = this.#common(offset, 2);
        break;
      case COMMON_CFG.queueEnable:
        queue.isEnabled = true;
        break;
      case COMMON_CFG.queueDesc:
      case COMMON_CFG.queueDesc + 4:
        queue.desc = put(queue.desc, offset !== COMMON_CFG.queueDesc);
        break;
      case COMMON_CFG.queueDriver:
      case COMMON_CFG.queueDriver + 4:
        queue.avail = put(queue.avail, offset !== COMMON_CFG.queueDriver);
        break;
      case COMMON_CFG.queueDevice:
      case COMMON_CFG.queueDevice + 4:
        queue.used = put(queue.used, offset !== COMMON_CFG.queueDevice);
        break;
      default:
    }
  }

  #common(offset: number, sizeBytes: number): number {
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value += (this.#registers[offset + i] ?? 0) * 2 ** (8 * i);
    return value;
  }

  #read(offset: number, sizeBytes: number): number {
    const queue = this.#selected();
    switch (offset) {
      case COMMON_CFG.deviceFeature:
        return Number((this.offered >> BigInt(32 * this.#common(COMMON_CFG.deviceFeatureSelect, 4))) & 0xffff_ffffn);
      case COMMON_CFG.deviceStatus:
        return this.#status;
      case COMMON_CFG.numQueues:
        return this.#queues.length;
      case COMMON_CFG.queueSize:
        return queue?.size ?? 0;
      case COMMON_CFG.queueEnable:
        return queue?.isEnabled === true ? 1 : 0;
      case COMMON_CFG.queueReset:
        return 0;
      case COMMON_CFG.queueNotifyOff:
        return this.#common(COMMON_CFG.queueSelect, 2);
      case COMMON_CFG.queueMsixVector:
        return queue?.vector ?? NO_VECTOR;
      case BAR.isr: {
        const isr = this.#isr;
        this.#isr = 0;
        return isr;
      }
      case BAR.hdrLen:
        return netHeaderLenBytes(this.#features);
      case BAR.lastError:
        return this.#lastError;
      default:
        return offset >= BAR.errors ? this.#readCounters(offset) : this.#common(offset, sizeBytes);
    }
  }

  #readCounters(offset: number): number {
    if (offset < BAR.queueCounters) return this.errors[(offset - BAR.errors) / 4] ?? 0;
    const queue = this.#queues[Math.floor((offset - BAR.queueCounters) / BAR.queueCountersStride)];
    if (queue === undefined) return 0;
    const { counters: c } = queue;
    const all = [c.frames, c.bytes, c.descriptors, c.inline, c.alone, c.cut, c.notifications, c.interrupts];
    const at = (offset - BAR.queueCounters) % BAR.queueCountersStride;
    return at % 8 === 0 ? (all[at / 8] ?? 0) : 0;
  }

  #kick(virtqueue: number): void {
    const queue = this.#queues[virtqueue];
    if (queue === undefined) this.errors[ERROR.KICK_RANGE] = (this.errors[ERROR.KICK_RANGE] ?? 0) + 1;
    else queue.counters.notifications++;
  }

  #error(code: number, queue: QueueState): void {
    this.errors[code] = (this.errors[code] ?? 0) + 1;
    this.#lastError = code | (queue.virtqueue << 8);
  }

  #drop(code: number, queue: QueueState): false {
    this.#error(code, queue);
    return false;
  }

  #availIdx(queue: QueueState): number {
    return this.#read16(queue.avail + 2n);
  }

  #availEntry(queue: QueueState, at: number): number {
    return this.#read16(queue.avail + BigInt(4 + 2 * (at % queue.size)));
  }

  #walk(queue: QueueState, head: number, direction: "tx" | "rx"): WalkedChain {
    const rules = {
      direction,
      queueSize: queue.size,
      chainMax: this.#options.chainMax ?? 256,
      hasIndirect: this.#has(FEATURE.INDIRECT_DESC),
    };
    const walked = walkChain(head, queue.desc, rules, (addr) => {
      const bytes = this.#memory.deviceRead(addr, DESC_BYTES);
      return decodeDescriptor(new DataView(bytes.buffer, bytes.byteOffset, DESC_BYTES), 0);
    });
    queue.counters.descriptors += walked.descriptors;
    this.errors[ERROR.ZERO_LEN] = (this.errors[ERROR.ZERO_LEN] ?? 0) + walked.zeroElements;
    return walked;
  }

  #transmitOne(queue: QueueState, pair: number): number {
    const head = this.#availEntry(queue, queue.availIdx);
    queue.availIdx = (queue.availIdx + 1) & 0xffff;
    const walked = this.#walk(queue, head, "tx");
    const headerLen = netHeaderLenBytes(this.#features);
    const total = walked.elements.reduce((sum, element) => sum + element.lenBytes, 0);
    const first = walked.elements.find((element) => element.lenBytes > 0)?.lenBytes ?? 0;
    const placement = headerPlacement(first, headerLen);
    const breaksLayout = !hasAnyLayout(this.#features) && placement !== "alone";
    let error = walked.error;
    if (error === 0 && total > headerLen + (this.#options.frameMax ?? 9216)) error = ERROR.FRAME_LONG;
    if (error === 0 && breaksLayout && this.#options.isStrictLayout === true) error = ERROR.LAYOUT_REFUSED;
    if (error === 0 && total <= headerLen) error = ERROR.CHAIN_SHORT;
    if (error !== 0) {
      this.#error(error, queue);
      return head;
    }
    if (breaksLayout) this.#error(ERROR.LAYOUT, queue);
    const packet = new Uint8Array(total);
    let at = 0;
    for (const element of walked.elements) {
      if (element.lenBytes > 0) packet.set(this.#memory.deviceRead(element.addr, element.lenBytes), at);
      at += element.lenBytes;
    }
    const header = new Uint8Array(32);
    header.set(packet.subarray(0, headerLen));
    const data = packet.slice(headerLen);
    const view = new DataView(header.buffer);
    const isCsumBad = view.getUint16(6, true) + view.getUint16(8, true) + 2 > data.length;
    if ((view.getUint8(0) & NET_HDR_F.NEEDS_CSUM) !== 0 && isCsumBad) {
      this.#error(ERROR.HDR_CSUM, queue);
      return head;
    }
    if (this.#fault === "dropFrame") return head;
    if (this.#fault === "flipFrameByte") data[0] = (data[0] ?? 0) ^ 0x80;
    if (this.#fault === "wrongHeader") header[1] = 0xff;
    this.#count(queue, data.length, placement);
    this.transmitted.push({ data, dest: pair, header });
    return head;
  }

  #scatter(
    queue: QueueState,
    packet: Uint8Array,
    chains: readonly { head: number; walked: WalkedChain; room: number }[],
  ): void {
    let at = 0;
    const done: { head: number; lenBytes: number }[] = [];
    for (const chain of chains) {
      const take = Math.min(chain.room, packet.length - at);
      const end = at + take;
      for (const element of chain.walked.elements) {
        const len = Math.min(element.lenBytes, end - at);
        if (len > 0) this.#memory.deviceWrite(element.addr, packet.slice(at, at + len));
        at += len;
      }
      done.push({ head: chain.head, lenBytes: take });
    }
    if (this.#fault === "writeBeyond") {
      const element = chains[0]?.walked.elements[0];
      if (element !== undefined) this.#memory.deviceWrite(element.addr + BigInt(element.lenBytes), Uint8Array.of(0xee));
    }
    const first = chains[0]?.walked.elements.find((element) => element.lenBytes > 0)?.lenBytes ?? 0;
    const headerLen = netHeaderLenBytes(this.#features);
    this.#count(queue, packet.length - headerLen, headerPlacement(first, headerLen));
    this.#publish(queue, done);
  }

  #count(queue: QueueState, lenBytes: number, placement: "inline" | "alone" | "cut"): void {
    queue.counters.frames++;
    queue.counters.bytes += lenBytes;
    queue.counters[placement]++;
  }

  #publish(queue: QueueState, done: { head: number; lenBytes: number }[]): void {
    if (done.length === 0) return;
    if (this.#fault === "swapUsed" && done.length > 1) done.reverse();
    for (const [i, entry] of done.entries()) {
      const slot = (queue.usedIdx + i) % queue.size;
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setUint32(0, entry.head, true);
      new DataView(bytes.buffer).setUint32(4, entry.lenBytes, true);
      this.#memory.deviceWrite(queue.used + BigInt(4 + 8 * slot), bytes);
    }
    const before = queue.usedIdx;
    queue.usedIdx = (before + done.length) & 0xffff;
    this.#write16(queue.used + 2n, queue.usedIdx);
    const geometry = ringGeometry(queue.size);
    const isWanted = this.#has(FEATURE.EVENT_IDX)
      ? crossesEvent(this.#read16(queue.avail + BigInt(geometry.usedEventOffset)), queue.usedIdx, before)
      : (this.#read16(queue.avail) & 1) === 0;
    if (!isWanted || this.#fault === "noInterrupt") return;
    queue.counters.interrupts++;
    this.#isr |= ISR.QUEUE;
    if (queue.vector !== NO_VECTOR) this.interrupts.push(queue.vector);
  }

  #read16(addr: bigint): number {
    const bytes = this.#memory.deviceRead(addr, 2);
    return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  }

  #write16(addr: bigint, value: number): void {
    this.#memory.deviceWrite(addr, Uint8Array.of(value & 0xff, value >> 8));
  }
}
