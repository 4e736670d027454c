/**
 * Builds and parses the frames the tests need: Ethernet, VLAN, IPv4, ICMP echo, UDP, TCP.
 *
 * @module
 */
import { internetChecksum, onesComplementSum } from "./checksum.ts";

/** EtherType values used here. */
export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd } as const;

/** IP protocol numbers used here. */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** A malformed frame or address text. */
export class PacketError extends Error {
  readonly code = "PACKET";
}

/** Parses `"52:54:00:12:34:56"` to six bytes. */
export function macAddress(text: string): Uint8Array {
  const parts = text.split(":");
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{2}$/i.test(part))) {
    throw new PacketError(`not an Ethernet address: '${text}'`);
  }
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
}

/** Parses `"10.77.0.1"` to four bytes. */
export function ipv4Address(text: string): Uint8Array {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    throw new PacketError(`not an IPv4 address: '${text}'`);
  }
  return Uint8Array.from(parts, Number);
}

/** Joins byte arrays. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Fields of an Ethernet header. */
export interface EthernetFields {
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly etherType: number;
  /** VLAN identifier; makes the frame tagged. */
  readonly vlanId?: number;
}

/** An Ethernet frame without FCS and without padding. */
export function ethernet(fields: EthernetFields, payload: Uint8Array): Uint8Array {
  const tagLen = fields.vlanId === undefined ? 0 : 4;
  const out = new Uint8Array(14 + tagLen + payload.length);
  const view = new DataView(out.buffer);
  out.set(fields.dst, 0);
  out.set(fields.src, 6);
  if (fields.vlanId !== undefined) {
    view.setUint16(12, ETHERTYPE.vlan, false);
    view.setUint16(14, fields.vlanId & 0xfff, false);
  }
  view.setUint16(12 + tagLen, fields.etherType, false);
  out.set(payload, 14 + tagLen);
  return out;
}

/** Fields of an IPv4 header without options. */
export interface Ipv4Fields {
  readonly src: Uint8Array;
  readonly dst: Uint8Array;
  readonly protocol: number;
  readonly id?: number;
  readonly ttl?: number;
}

/** An IPv4 packet with a correct header checksum, "don't fragment" set. */
export function ipv4(fields: Ipv4Fields, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(20 + payload.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, out.length, false);
  view.setUint16(4, fields.id ?? 0, false);
  view.setUint16(6, 0x4000, false);
  view.setUint8(8, fields.ttl ?? 64);
  view.setUint8(9, fields.protocol);
  out.set(fields.src, 12);
  out.set(fields.dst, 16);
  view.setUint16(10, internetChecksum(out.subarray(0, 20)), false);
  out.set(payload, 20);
  return out;
}

/** The one's complement sum of the TCP/UDP pseudo header over IPv4. */
export function pseudoHeaderSum(fields: Ipv4Fields, lenBytes: number): number {
  const tail = Uint8Array.of(0, fields.protocol, lenBytes >> 8, lenBytes & 0xff);
  return onesComplementSum(concatBytes(fields.src, fields.dst, tail));
}

/** Ports of a UDP or TCP header. */
export interface PortFields {
  readonly srcPort: number;
  readonly dstPort: number;
}

/** A UDP datagram in IPv4 with a correct checksum. */
export function udp4(ip: Omit<Ipv4Fields, "protocol">, ports: PortFields, data: Uint8Array): Uint8Array {
  const fields = { ...ip, protocol: IP_PROTOCOL.udp };
  const out = new Uint8Array(8 + data.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, ports.srcPort, false);
  view.setUint16(2, ports.dstPort, false);
  view.setUint16(4, out.length, false);
  out.set(data, 8);
  // A sum of 0 is sent as 0xffff: 0 means "no checksum".
  view.setUint16(6, internetChecksum(out, pseudoHeaderSum(fields, out.length)) || 0xffff, false);
  return ipv4(fields, out);
}

/** Fields of a TCP header without options. */
export interface TcpFields extends PortFields {
  readonly seq?: number;
  readonly ack?: number;
  /** The flag byte; ACK by default. */
  readonly flags?: number;
}

/** A TCP segment in IPv4 with a correct checksum. */
export function tcp4(ip: Omit<Ipv4Fields, "protocol">, tcp: TcpFields, data: Uint8Array): Uint8Array {
  const fields = { ...ip, protocol: IP_PROTOCOL.tcp };
  const out = new Uint8Array(20 + data.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, tcp.srcPort, false);
  view.setUint16(2, tcp.dstPort, false);
  view.setUint32(4, tcp.seq ?? 0, false);
  view.setUint32(8, tcp.ack ?? 0, false);
  view.setUint8(12, 0x50);
  view.setUint8(13, tcp.flags ?? 0x10);
  view.setUint16(14, 0xffff, false);
  out.set(data, 20);
  view.setUint16(16, internetChecksum(out, pseudoHeaderSum(fields, out.length)), false);
  return ipv4(fields, out);
}

/** An ICMP echo request or reply in IPv4. */
export function icmpEcho4(
  ip: Omit<Ipv4Fields, "protocol">,
  echo: { readonly isReply: boolean; readonly id: number; readonly seq: number },
  data: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(8 + data.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, echo.isReply ? 0 : 8);
  view.setUint16(4, echo.id, false);
  view.setUint16(6, echo.seq, false);
  out.set(data, 8);
  view.setUint16(2, internetChecksum(out), false);
  return ipv4({ ...ip, protocol: IP_PROTOCOL.icmp }, out);
}

/** What {@link parseFrame} found. Offsets count from the first byte of the frame. */
export interface ParsedFrame {
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  /** The EtherType behind a VLAN tag if there is one. */
  readonly etherType: number;
  readonly vlanId: number | undefined;
  /** First byte behind the Ethernet header (and tag). */
  readonly l3Offset: number;
  readonly ipv4: { readonly src: string; readonly dst: string; readonly protocol: number } | undefined;
  /** First byte behind the IPv4 header; equals `l3Offset` for other protocols. */
  readonly l4Offset: number;
  /** First byte behind all headers that were understood. */
  readonly payloadOffset: number;
}

/**
 * Finds the headers of a frame as far as they are whole. A truncated or unknown header ends the search; it is no error,
 * except that a frame needs its 14 bytes of Ethernet header.
 */
export function parseFrame(frame: Uint8Array): ParsedFrame {
  if (frame.length < 14) {
    throw new PacketError(`frame of ${frame.length} bytes: an Ethernet header has 14`);
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let etherType = view.getUint16(12, false);
  let vlanId: number | undefined;
  let l3Offset = 14;
  if (etherType === ETHERTYPE.vlan && frame.length >= 18) {
    vlanId = view.getUint16(14, false) & 0xfff;
    etherType = view.getUint16(16, false);
    l3Offset = 18;
  }
  const base = { dst: frame.slice(0, 6), src: frame.slice(6, 12), etherType, vlanId, l3Offset };
  const ipLen = l3Offset < frame.length ? (view.getUint8(l3Offset) & 0xf) * 4 : 0;
  if (etherType !== ETHERTYPE.ipv4 || ipLen < 20 || frame.length < l3Offset + ipLen) {
    return { ...base, ipv4: undefined, l4Offset: l3Offset, payloadOffset: l3Offset };
  }
  const protocol = view.getUint8(l3Offset + 9);
  const l4Offset = l3Offset + ipLen;
  return {
    ...base,
    ipv4: {
      src: frame.slice(l3Offset + 12, l3Offset + 16).join("."),
      dst: frame.slice(l3Offset + 16, l3Offset + 20).join("."),
      protocol,
    },
    l4Offset,
    payloadOffset: l4Offset + l4HeaderLen(view, l4Offset, protocol),
  };
}

function l4HeaderLen(view: DataView, at: number, protocol: number): number {
  const room = view.byteLength - at;
  switch (protocol) {
    case IP_PROTOCOL.udp:
    case IP_PROTOCOL.icmp:
      return room >= 8 ? 8 : 0;
    case IP_PROTOCOL.tcp: {
      const len = room >= 20 ? (view.getUint8(at + 12) >> 4) * 4 : 0;
      return len >= 20 && len <= room ? len : 0;
    }
    default:
      return 0;
  }
}
