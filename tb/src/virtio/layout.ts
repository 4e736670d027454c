/**
 * Numbers and structures of virtio 1.4: feature bits, registers, rings, the network header. All values little-endian.
 *
 * Constants keep the specification's spelling.
 *
 * @module
 */

/** Device status bits ("Device Status Field"). */
export const STATUS = {
  ACKNOWLEDGE: 0x01,
  DRIVER: 0x02,
  DRIVER_OK: 0x04,
  FEATURES_OK: 0x08,
  DEVICE_NEEDS_RESET: 0x40,
  FAILED: 0x80,
} as const;

/** Feature bits as masks ("Feature Bits", "Reserved Feature Bits", legacy bits included). */
export const FEATURE = {
  NET_CSUM: 1n << 0n,
  NET_GUEST_CSUM: 1n << 1n,
  NET_CTRL_GUEST_OFFLOADS: 1n << 2n,
  NET_MTU: 1n << 3n,
  NET_MAC: 1n << 5n,
  NET_GSO: 1n << 6n,
  NET_GUEST_TSO4: 1n << 7n,
  NET_GUEST_TSO6: 1n << 8n,
  NET_GUEST_ECN: 1n << 9n,
  NET_GUEST_UFO: 1n << 10n,
  NET_HOST_TSO4: 1n << 11n,
  NET_HOST_TSO6: 1n << 12n,
  NET_HOST_ECN: 1n << 13n,
  NET_HOST_UFO: 1n << 14n,
  NET_MRG_RXBUF: 1n << 15n,
  NET_STATUS: 1n << 16n,
  NET_CTRL_VQ: 1n << 17n,
  NET_CTRL_RX: 1n << 18n,
  NET_CTRL_VLAN: 1n << 19n,
  NET_CTRL_RX_EXTRA: 1n << 20n,
  NET_GUEST_ANNOUNCE: 1n << 21n,
  NET_MQ: 1n << 22n,
  NET_CTRL_MAC_ADDR: 1n << 23n,
  NOTIFY_ON_EMPTY: 1n << 24n,
  /** The bit of the 2013 patch. Never standardised; offered only by the ANY_HEADER_SG build. */
  NET_ANY_HEADER_SG: 1n << 25n,
  ANY_LAYOUT: 1n << 27n,
  INDIRECT_DESC: 1n << 28n,
  EVENT_IDX: 1n << 29n,
  UNUSED: 1n << 30n,
  VERSION_1: 1n << 32n,
  ACCESS_PLATFORM: 1n << 33n,
  RING_PACKED: 1n << 34n,
  IN_ORDER: 1n << 35n,
  ORDER_PLATFORM: 1n << 36n,
  SR_IOV: 1n << 37n,
  NOTIFICATION_DATA: 1n << 38n,
  NOTIF_CONFIG_DATA: 1n << 39n,
  RING_RESET: 1n << 40n,
  ADMIN_VQ: 1n << 41n,
  SUSPEND: 1n << 43n,
  NET_HASH_REPORT: 1n << 57n,
  NET_GUEST_HDRLEN: 1n << 59n,
  NET_RSS: 1n << 60n,
  NET_SPEED_DUPLEX: 1n << 63n,
  NET_GUEST_UDP_TUNNEL_GSO: 1n << 65n,
  NET_HOST_UDP_TUNNEL_GSO: 1n << 67n,
  NET_OUT_NET_HEADER: 1n << 69n,
  NET_IPSEC: 1n << 70n,
} as const;

/** The names of the bits of a feature set, lowest bit first; unknown bits as `bit<n>`. */
export function featureNames(features: bigint): string[] {
  const known = new Map(Object.entries(FEATURE).map(([name, mask]) => [mask, name] as const));
  const names: string[] = [];
  for (let bit = 0n; features >> bit !== 0n; bit++) {
    const mask = 1n << bit;
    if ((features & mask) !== 0n) names.push(known.get(mask) ?? `bit${bit}`);
  }
  return names;
}

/** True when the feature set gives the driver the right to any header layout. */
export function hasAnyLayout(features: bigint): boolean {
  return (features & (FEATURE.VERSION_1 | FEATURE.ANY_LAYOUT | FEATURE.NET_ANY_HEADER_SG)) !== 0n;
}

/** Length of the network header under a feature set, the same for both directions ("Network Device: Device Operation"). */
export function netHeaderLenBytes(features: bigint): number {
  const tunnel = FEATURE.NET_GUEST_UDP_TUNNEL_GSO | FEATURE.NET_HOST_UDP_TUNNEL_GSO;
  if ((features & (FEATURE.NET_OUT_NET_HEADER | FEATURE.NET_IPSEC)) !== 0n) return 32;
  if ((features & tunnel) !== 0n) return 24;
  if ((features & FEATURE.NET_HASH_REPORT) !== 0n) return 20;
  if ((features & (FEATURE.VERSION_1 | FEATURE.NET_MRG_RXBUF)) !== 0n) return 12;
  return 10;
}

/** Values of `flags` in the network header. */
export const NET_HDR_F = { NEEDS_CSUM: 1, DATA_VALID: 2, RSC_INFO: 4, UDP_TUNNEL_CSUM: 8 } as const;

/** Values of `gso_type` in the network header. */
export const NET_HDR_GSO = { NONE: 0, TCPV4: 1, UDP: 3, TCPV6: 4, UDP_L4: 5, ECN: 0x80 } as const;

/** Fields of the network header; those beyond the negotiated length do not exist. */
export interface NetHeader {
  readonly flags: number;
  readonly gsoType: number;
  readonly hdrLen: number;
  readonly gsoSize: number;
  readonly csumStart: number;
  readonly csumOffset: number;
  readonly numBuffers: number;
  readonly hashValue: number;
  readonly hashReport: number;
  readonly outerThOffset: number;
  readonly innerNhOffset: number;
  readonly outerNhOffset: number;
  readonly resourceId: number;
  readonly resourceType: number;
}

/** Where headers are encoded and decoded: as long as the longest one. */
const scratch = new Uint8Array(32);
const scratchView = new DataView(scratch.buffer);

/** The first `lenBytes` bytes of the network header; fields not given are 0. */
export function encodeNetHeader(fields: Partial<NetHeader>, lenBytes: number): Uint8Array {
  const view = scratchView;
  scratch.fill(0);
  view.setUint8(0, fields.flags ?? 0);
  view.setUint8(1, fields.gsoType ?? 0);
  view.setUint16(2, fields.hdrLen ?? 0, true);
  view.setUint16(4, fields.gsoSize ?? 0, true);
  view.setUint16(6, fields.csumStart ?? 0, true);
  view.setUint16(8, fields.csumOffset ?? 0, true);
  view.setUint16(10, fields.numBuffers ?? 0, true);
  view.setUint32(12, fields.hashValue ?? 0, true);
  view.setUint16(16, fields.hashReport ?? 0, true);
  view.setUint16(20, fields.outerThOffset ?? 0, true);
  view.setUint16(22, fields.innerNhOffset ?? 0, true);
  view.setUint16(24, fields.outerNhOffset ?? 0, true);
  view.setUint32(26, fields.resourceId ?? 0, true);
  view.setUint16(30, fields.resourceType ?? 0, true);
  return scratch.slice(0, lenBytes);
}

/** Reads a network header of any length; fields beyond it are 0. */
export function decodeNetHeader(bytes: Uint8Array): NetHeader {
  const view = scratchView;
  scratch.fill(0);
  scratch.set(bytes.length > scratch.length ? bytes.subarray(0, scratch.length) : bytes);
  return {
    flags: view.getUint8(0),
    gsoType: view.getUint8(1),
    hdrLen: view.getUint16(2, true),
    gsoSize: view.getUint16(4, true),
    csumStart: view.getUint16(6, true),
    csumOffset: view.getUint16(8, true),
    numBuffers: view.getUint16(10, true),
    hashValue: view.getUint32(12, true),
    hashReport: view.getUint16(16, true),
    outerThOffset: view.getUint16(20, true),
    innerNhOffset: view.getUint16(22, true),
    outerNhOffset: view.getUint16(24, true),
    resourceId: view.getUint32(26, true),
    resourceType: view.getUint16(30, true),
  };
}

/** Descriptor flags ("The Virtqueue Descriptor Table"). */
export const DESC_F = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;

/** Bytes of one descriptor. */
export const DESC_BYTES = 16;

/** A descriptor as it lies in memory. */
export interface Descriptor {
  readonly addr: bigint;
  readonly lenBytes: number;
  readonly flags: number;
  readonly next: number;
}

/** Writes a descriptor at `at`. */
export function encodeDescriptor(desc: Descriptor, view: DataView, at: number): void {
  view.setBigUint64(at, desc.addr, true);
  view.setUint32(at + 8, desc.lenBytes, true);
  view.setUint16(at + 12, desc.flags, true);
  view.setUint16(at + 14, desc.next, true);
}

/** Reads the descriptor at `at`. */
export function decodeDescriptor(view: DataView, at: number): Descriptor {
  return {
    addr: view.getBigUint64(at, true),
    lenBytes: view.getUint32(at + 8, true),
    flags: view.getUint16(at + 12, true),
    next: view.getUint16(at + 14, true),
  };
}

/** `avail.flags`: the driver wants no interrupts. */
export const AVAIL_F_NO_INTERRUPT = 1;

/** `used.flags`: the device wants no kicks. */
export const USED_F_NO_NOTIFY = 1;

/** Sizes and offsets of the three parts of a split ring of `queueSize` entries ("Split Virtqueues"). */
export interface RingGeometry {
  readonly descBytes: number;
  readonly availBytes: number;
  readonly usedBytes: number;
  /** Offset of `used_event` in the available ring. */
  readonly usedEventOffset: number;
  /** Offset of `avail_event` in the used ring. */
  readonly availEventOffset: number;
}

/** See {@link RingGeometry}. The event words are counted in always. */
export function ringGeometry(queueSize: number): RingGeometry {
  return {
    descBytes: DESC_BYTES * queueSize,
    availBytes: 6 + 2 * queueSize,
    usedBytes: 6 + 8 * queueSize,
    usedEventOffset: 4 + 2 * queueSize,
    availEventOffset: 4 + 8 * queueSize,
  };
}

/**
 * The event index test: does the advance from `oldIdx` to `newIdx` pass `event`? All modulo 65536
 * ("Used Buffer Notification Suppression").
 */
export function crossesEvent(event: number, newIdx: number, oldIdx: number): boolean {
  return ((newIdx - event - 1) & 0xffff) < ((newIdx - oldIdx) & 0xffff);
}

/** Offsets in the common configuration structure ("Common configuration structure layout"). */
export const COMMON_CFG = {
  deviceFeatureSelect: 0x00,
  deviceFeature: 0x04,
  driverFeatureSelect: 0x08,
  driverFeature: 0x0c,
  configMsixVector: 0x10,
  numQueues: 0x12,
  deviceStatus: 0x14,
  configGeneration: 0x15,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueMsixVector: 0x1a,
  queueEnable: 0x1c,
  queueNotifyOff: 0x1e,
  queueDesc: 0x20,
  queueDriver: 0x28,
  queueDevice: 0x30,
  queueNotifConfigData: 0x38,
  queueReset: 0x3a,
} as const;

/** Vector register value for "no vector". */
export const NO_VECTOR = 0xffff;

/** Offsets of the blocks of this device's BAR and of its vendor registers (docs/registers.md). */
export const BAR = {
  commonCfg: 0x0000,
  isr: 0x0100,
  deviceCfg: 0x0200,
  notify: 0x1000,
  notifyStride: 4,
  id: 0x2000,
  version: 0x2004,
  build0: 0x2008,
  build1: 0x200c,
  build2: 0x2010,
  build3: 0x2014,
  hdrLen: 0x2018,
  rxWait: 0x2020,
  lastError: 0x2024,
  errors: 0x2080,
  queueCounters: 0x2400,
  queueCountersStride: 0x40,
} as const;

/** ISR bits. */
export const ISR = { QUEUE: 1, CONFIG: 2 } as const;

/** Error codes of the device (docs/architecture.md, section 6). */
export const ERROR = {
  CHAIN_LONG: 1,
  NEXT_RANGE: 2,
  INDIRECT_NESTED: 3,
  INDIRECT_LEN: 4,
  INDIRECT_FLAG: 5,
  DIRECTION: 6,
  ORDER: 7,
  CHAIN_SHORT: 8,
  FRAME_LONG: 9,
  LAYOUT_REFUSED: 10,
  HDR_CSUM: 11,
  AXI_DESC: 12,
  AXI_DATA: 13,
  AVAIL_JUMP: 16,
  HEAD_RANGE: 17,
  AXI_RING: 18,
  ZERO_LEN: 20,
  LAYOUT: 21,
  KICK_RANGE: 22,
  RX_NO_FIT: 24,
  RX_NO_BUFFER: 25,
  RX_TOO_LONG: 26,
  RX_BAD: 27,
  RX_NO_QUEUE: 28,
} as const;

/** The name of an error code. */
export function errorName(code: number): string {
  return Object.entries(ERROR).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}
