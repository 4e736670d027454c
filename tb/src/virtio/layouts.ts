/**
 * The ways in which real drivers lay out the network header, as policies behind one interface.
 *
 * Which driver does what is known from their sources and from measured runs; the code here is a model of the outcome, not
 * of their internals.
 *
 * @module
 */
import { chainPlan } from "./chain-plan.ts";
import type { ChainPlan, FrameTraits, Piece, PlanContext, RxPlanContext, TxPlanContext } from "./chain-plan.ts";
import { FEATURE, hasAnyLayout } from "./layout.ts";
import type { RandomSource } from "./ports.ts";
import type { ChainForm } from "./split-ring.ts";

/** A driver's way to lay out headers. */
export interface LayoutPolicy {
  readonly name: string;
  /** One line for tables. */
  readonly summary: string;
  /** Features this driver takes if the device offers them. */
  readonly features: bigint;
  /** All chains share one header buffer: its bytes cannot differ from frame to frame. */
  readonly hasSharedHeader: boolean;
  /** Free descriptors are used in random order. */
  readonly isScattered: boolean;
  /** The traits of the next frame, as this driver's stack would deliver it. */
  traits(frame: Uint8Array, random: RandomSource): FrameTraits;
  planTx(context: TxPlanContext): ChainPlan;
  planRx(context: RxPlanContext): ChainPlan;
}

const DIRECT: ChainForm = { kind: "direct" };
const INDIRECT: ChainForm = { kind: "indirect" };

/** Every driver takes these. */
const COMMON = FEATURE.NET_MAC | FEATURE.NET_STATUS | FEATURE.NET_MTU | FEATURE.RING_RESET | FEATURE.ACCESS_PLATFORM;
const MODERN = COMMON | FEATURE.VERSION_1 | FEATURE.EVENT_IDX;

/** Bytes of one receive buffer of the Linux driver for mergeable buffers without the header. */
const LINUX_RX_FRAME_BYTES = 1518;

/** Frame bytes a transmit chain needs; `own` with this lane modulo 4 is what Linux' stack delivers. */
const LINUX_DATA_LANE = 2;

function own(lenBytes: number, lane = 0): Piece {
  return { lenBytes, place: { kind: "own", lane } };
}

function behind(lenBytes: number, gapBytes = 0): Piece {
  return { lenBytes, place: { kind: "behind", gapBytes } };
}

/** Joins pieces that would be empty away. */
function pieces(...list: readonly Piece[]): Piece[] {
  return list.filter((piece) => piece.lenBytes > 0);
}

function indirectIfTaken(context: PlanContext): ChainForm {
  return (context.features & FEATURE.INDIRECT_DESC) !== 0n ? INDIRECT : DIRECT;
}

/** What is the same in most policies. */
const DEFAULTS = {
  hasSharedHeader: false,
  isScattered: false,
  traits(frame: Uint8Array): FrameTraits {
    return { dataLane: LINUX_DATA_LANE, headroomBytes: 64, isShared: false, fragments: [frame.length] };
  },
} as const;

/**
 * The header in the headroom of the frame, by the rules of the Linux driver: any layout is allowed, the header would be aligned,
 * nobody else holds the bytes, and the headroom is large enough. Otherwise the header gets an element of its own, through an
 * indirect table if that feature is on.
 */
function planLinuxTx(context: TxPlanContext): ChainPlan {
  const { headerLenBytes, traits } = context;
  const refusal = pushRefusal(context);
  const [first = 0, ...rest] = traits.fragments;
  if (refusal === undefined) {
    // A pushed packet of one fragment is one element: no table for it.
    const form = rest.length === 0 ? DIRECT : indirectIfTaken(context);
    const lane = (64 + traits.dataLane - headerLenBytes) % 64;
    const list = pieces(own(headerLenBytes + first, lane), ...rest.map((len) => own(len)));
    return chainPlan(context, list, { form, reason: "pushed" });
  }
  const list = pieces(own(headerLenBytes), own(first, traits.dataLane), ...rest.map((len) => own(len)));
  return chainPlan(context, list, { form: indirectIfTaken(context), reason: refusal });
}

/** Why the Linux driver would not push the header; undefined: it would. */
function pushRefusal(context: TxPlanContext): string | undefined {
  const { traits } = context;
  if (!hasAnyLayout(context.features)) return "no any-layout right";
  if (traits.dataLane % 2 !== 0) return "misaligned";
  if (traits.isShared) return "shared";
  if (traits.headroomBytes < context.headerLenBytes) return "headroom";
  return undefined;
}

function planLinuxRx(context: RxPlanContext): ChainPlan {
  const { headerLenBytes } = context;
  const isMergeable = (context.features & FEATURE.NET_MRG_RXBUF) !== 0n;
  if (isMergeable || hasAnyLayout(context.features)) {
    return chainPlan(context, [own(headerLenBytes + LINUX_RX_FRAME_BYTES)]);
  }
  // Without the right to any layout the header has its own element in the same page.
  return chainPlan(context, [own(headerLenBytes), behind(context.frameBytes)]);
}

/** Linux with VERSION_1: the header is pushed. */
export const linux: LayoutPolicy = {
  ...DEFAULTS,
  name: "linux",
  summary: "header pushed in front of the frame; mergeable receive buffers",
  features: MODERN | FEATURE.INDIRECT_DESC | FEATURE.NET_MRG_RXBUF,
  planTx: planLinuxTx,
  planRx: planLinuxRx,
};

/** Linux with a packet tap that holds clones of some frames, odd data pointers and short headrooms in between. */
export const linuxTap: LayoutPolicy = {
  ...linux,
  name: "linux-tap",
  summary: "the same with a packet tap, odd data pointers and short headrooms at times",
  traits(frame, random) {
    const headLen = Math.min(frame.length, 14 + random.below(60));
    const isFragmented = random.below(8) === 0 && headLen < frame.length;
    return {
      dataLane: random.below(8) === 0 ? 1 + 2 * random.below(32) : LINUX_DATA_LANE + 4 * random.below(15),
      headroomBytes: random.below(8) === 0 ? random.below(12) : 64,
      isShared: random.below(2) === 0,
      fragments: isFragmented ? [headLen, frame.length - headLen] : [frame.length],
    };
  },
};

/** Linux on a legacy device without the right to any layout. */
export const linuxLegacy: LayoutPolicy = {
  ...linux,
  name: "linux-legacy",
  summary: "no VERSION_1, no any-layout right: 10-byte header alone in both directions",
  features: COMMON | FEATURE.EVENT_IDX,
};

/** Header in an element of its own, directly chained. The plainest correct driver. */
export const separate: LayoutPolicy = {
  ...DEFAULTS,
  name: "separate",
  summary: "header in an element of its own, direct",
  features: MODERN,
  planTx: (context) => chainPlan(context, pieces(own(context.headerLenBytes), own(context.frame.length, 2))),
  planRx: (context) => chainPlan(context, [own(context.headerLenBytes), own(context.frameBytes, 2)]),
};

/** The same through indirect tables. */
export const separateIndirect: LayoutPolicy = {
  ...separate,
  name: "separate-indirect",
  summary: "header in an element of its own, through an indirect table",
  features: MODERN | FEATURE.INDIRECT_DESC,
  planTx: (context) => ({ ...separate.planTx(context), form: INDIRECT }),
  planRx: (context) => ({ ...separate.planRx(context), form: INDIRECT }),
};

/** DPDK with any layout: the header in the headroom of the buffer, which begins at a multiple of 64 plus 128. */
export const dpdk: LayoutPolicy = {
  ...DEFAULTS,
  name: "dpdk",
  summary: "header pushed into the headroom; one descriptor per receive buffer",
  features: MODERN | FEATURE.NET_MRG_RXBUF | FEATURE.INDIRECT_DESC,
  planTx: (context) =>
    chainPlan(context, [own(context.headerLenBytes + context.frame.length, 64 - context.headerLenBytes)]),
  planRx: (context) =>
    chainPlan(context, [own(context.headerLenBytes + context.frameBytes, 64 - context.headerLenBytes)]),
};

/** DPDK when the header cannot be pushed: entry 0 of an indirect table. */
export const dpdkIndirect: LayoutPolicy = {
  ...dpdk,
  name: "dpdk-indirect",
  summary: "header as entry 0 of an indirect table, frame as entry 1",
  planTx: (context) =>
    chainPlan(context, pieces(own(context.headerLenBytes), own(context.frame.length)), { form: INDIRECT }),
};

/** DPDK with frames of several segments: header and segments chained. */
export const dpdkSegments: LayoutPolicy = {
  ...dpdk,
  name: "dpdk-segments",
  summary: "header and segments of 40, 60 and 80 bytes chained",
  features: MODERN | FEATURE.NET_MRG_RXBUF,
  planTx(context) {
    const list: Piece[] = [own(context.headerLenBytes)];
    const segments = [40, 60, 80];
    let rest = context.frame.length;
    for (let i = 0; rest > 0; i++) {
      // The last of at most four segments takes what is left.
      const len = i >= 3 ? rest : Math.min(rest, segments[i] ?? rest);
      list.push(own(len));
      rest -= len;
    }
    return chainPlan(context, list);
  },
};

/** FreeBSD on a modern device: header always apart on transmit, inline on receive. */
export const freebsd: LayoutPolicy = {
  ...separateIndirect,
  name: "freebsd",
  summary: "header apart on transmit (indirect), inline on receive",
  features: MODERN | FEATURE.INDIRECT_DESC | FEATURE.NET_MRG_RXBUF,
  planRx: (context) => chainPlan(context, [own(context.headerLenBytes + context.frameBytes)]),
};

/** FreeBSD on a legacy device: the frame follows the receive header after 4 bytes of padding. */
export const freebsdLegacy: LayoutPolicy = {
  ...freebsd,
  name: "freebsd-legacy",
  summary: "10-byte header apart; received frame 4 bytes behind its header",
  features: COMMON | FEATURE.EVENT_IDX | FEATURE.INDIRECT_DESC,
  planRx: (context) => chainPlan(context, [own(context.headerLenBytes), behind(context.frameBytes, 4)]),
};

/** OpenBSD: header and segments; receive buffers split at the header size. */
export const openbsd: LayoutPolicy = {
  ...separate,
  name: "openbsd",
  summary: "header and segments; receive buffer split at the header size",
  planTx(context) {
    const half = context.frame.length >> 1;
    return chainPlan(context, pieces(own(context.headerLenBytes), own(half, 2), own(context.frame.length - half)));
  },
  planRx: (context) => chainPlan(context, [own(context.headerLenBytes), behind(context.frameBytes)]),
};

/**
 * NetKVM (Windows): the virtio header and the parsed protocol headers in one element, the payload in another. A tagged frame
 * is taken apart further: header, Ethernet, tag, IP headers, payload.
 */
export const netkvm: LayoutPolicy = {
  ...DEFAULTS,
  name: "netkvm",
  summary: "header with the protocol headers, then payload; tagged frames in five parts",
  features: MODERN | FEATURE.INDIRECT_DESC,
  planTx(context) {
    const { frame, headerLenBytes } = context;
    const headersEnd = protocolHeaderBytes(frame);
    const form = indirectIfTaken(context);
    if (!isTagged(frame)) {
      const list = pieces(own(headerLenBytes + headersEnd, 4), own(frame.length - headersEnd, 6));
      return chainPlan(context, list, { form, reason: "headers copied" });
    }
    const list = pieces(
      own(headerLenBytes),
      own(12),
      own(4),
      own(headersEnd - 16, 2),
      own(frame.length - headersEnd, 6),
    );
    return chainPlan(context, list, { form, reason: "tagged" });
  },
  // Two elements even without mergeable buffers, as it was until 2025.
  planRx: (context) =>
    chainPlan(context, [own(context.headerLenBytes), own(context.frameBytes)], { form: indirectIfTaken(context) }),
};

function isTagged(frame: Uint8Array): boolean {
  return frame[12] === 0x81 && frame[13] === 0x00 && frame.length >= 18;
}

/** Bytes of the Ethernet, IPv4 and TCP or UDP headers of a frame, as far as they are there. */
export function protocolHeaderBytes(frame: Uint8Array): number {
  const byte = (at: number): number => frame[at] ?? 0;
  const l3 = isTagged(frame) ? 18 : 14;
  const l4 = l3 + 4 * (byte(l3) & 0xf);
  const isIpv4 = byte(l3 - 2) === 0x08 && byte(l3 - 1) === 0x00 && l4 >= l3 + 20 && l4 <= frame.length;
  if (!isIpv4) return Math.min(l3, frame.length);
  const protocol = byte(l3 + 9);
  // TCP says its length itself; ICMP and UDP have 8 bytes.
  const l4Bytes = protocol === 6 ? 4 * (byte(l4 + 12) >> 4) : protocol === 1 || protocol === 17 ? 8 : 0;
  const isWhole = l4 + (protocol === 6 ? Math.max(20, l4Bytes) : l4Bytes) <= frame.length;
  return isWhole && !(protocol === 6 && l4Bytes < 20) ? l4 + l4Bytes : l4;
}

/** EDK2 (UEFI): pairs of descriptors; received frames 2-byte aligned. */
export const edk2: LayoutPolicy = {
  ...separate,
  name: "edk2",
  summary: "fixed pairs; buffers at a stride of 1526 bytes",
  features: MODERN & ~FEATURE.EVENT_IDX,
  planTx: (context) => chainPlan(context, pieces(own(context.headerLenBytes), own(context.frame.length))),
  planRx(context) {
    // One buffer behind the other at a stride of 1526: the lane moves by 54 from buffer to buffer.
    const lane = (54 * context.random.below(32)) % 64;
    return chainPlan(context, [own(context.headerLenBytes, lane), behind(context.frameBytes)]);
  },
};

/** iPXE: one header buffer per queue, shared by all chains in flight, in both directions. */
export const ipxe: LayoutPolicy = {
  ...separate,
  name: "ipxe",
  summary: "fixed pairs; one header buffer shared by all chains in flight",
  features: MODERN & ~FEATURE.EVENT_IDX,
  hasSharedHeader: true,
  planTx: (context) => chainPlan(context, pieces(sharedHeader(context.headerLenBytes), own(context.frame.length, 2))),
  planRx: (context) => chainPlan(context, [sharedHeader(context.headerLenBytes), own(context.frameBytes, 2)]),
};

function sharedHeader(lenBytes: number): Piece {
  return { lenBytes, place: { kind: "sharedHeader" } };
}

/** Options of {@link cutLayout}. */
export interface CutOptions {
  readonly name: string;
  readonly summary?: string;
  readonly form?: ChainForm;
  /** Features besides the common ones; VERSION_1 and INDIRECT_DESC by default. */
  readonly features?: bigint;
  /**
   * Where to cut a packet of `totalBytes` (header and frame): element ends, rising, without the end of the packet itself.
   */
  cuts(totalBytes: number, context: PlanContext): readonly number[];
  /** The bus lane of element `index`; random when not given. */
  lane?(index: number, context: PlanContext): number;
}

/** Cuts header and frame at any list of bytes. */
export function cutLayout(options: CutOptions): LayoutPolicy {
  const plan = (totalBytes: number, context: PlanContext): ChainPlan => {
    const ends = [...options.cuts(totalBytes, context).filter((cut) => cut > 0 && cut < totalBytes), totalBytes];
    const list = ends.map((end, index) => {
      const lane = options.lane?.(index, context) ?? context.random.below(64);
      return own(end - (ends[index - 1] ?? 0), lane);
    });
    return chainPlan(context, list, { form: options.form ?? DIRECT });
  };
  return {
    ...DEFAULTS,
    name: options.name,
    summary: options.summary ?? "header and frame cut at chosen bytes",
    features: options.features ?? MODERN | FEATURE.INDIRECT_DESC,
    isScattered: true,
    planTx: (context) => plan(context.headerLenBytes + context.frame.length, context),
    planRx: (context) => plan(context.headerLenBytes + context.frameBytes, context),
  };
}

/** Up to eight cuts at random bytes, half of them inside the header. */
function randomCuts(totalBytes: number, context: PlanContext): number[] {
  const cuts = new Set<number>();
  for (let i = context.random.below(5); i > 0; i--) cuts.add(1 + context.random.below(context.headerLenBytes));
  for (let i = context.random.below(5); i > 0; i--) cuts.add(1 + context.random.below(totalBytes));
  return [...cuts].sort((a, b) => a - b);
}

/** Cuts at random bytes, direct chains over scattered descriptors. */
export const cut: LayoutPolicy = cutLayout({
  name: "cut",
  summary: "header and frame cut at random bytes, direct, descriptors scattered",
  cuts: randomCuts,
});

/** Cuts at random bytes, indirect tables whose entries jump about. */
export const cutIndirect: LayoutPolicy = cutLayout({
  name: "cut-indirect",
  summary: "header and frame cut at random bytes, indirect tables whose entries jump about",
  cuts: randomCuts,
  form: { kind: "indirect", isShuffled: true },
});

/** Every header byte, and the first bytes of the frame, in an element of its own. */
export const bytewise: LayoutPolicy = cutLayout({
  name: "bytewise",
  summary: "each header byte and four frame bytes in elements of their own",
  form: INDIRECT,
  cuts: (_totalBytes, context) => Array.from({ length: context.headerLenBytes + 4 }, (_, index) => index + 1),
});

/** All policies, in the order of the tables. */
export const LAYOUTS: readonly LayoutPolicy[] = [
  linux,
  linuxTap,
  linuxLegacy,
  separate,
  separateIndirect,
  dpdk,
  dpdkIndirect,
  dpdkSegments,
  freebsd,
  freebsdLegacy,
  openbsd,
  netkvm,
  edk2,
  ipxe,
  cut,
  cutIndirect,
  bytewise,
];

/** The same layout with all chains described in another form; `name` gets the form added. */
export function withForm(layout: LayoutPolicy, form: ChainForm): LayoutPolicy {
  return {
    ...layout,
    name: `${layout.name}, ${form.kind}`,
    features: form.kind === "direct" ? layout.features : layout.features | FEATURE.INDIRECT_DESC,
    planTx: (context) => ({ ...layout.planTx(context), form }),
    planRx: (context) => ({ ...layout.planRx(context), form }),
  };
}
