/**
 * Frames and capture files. Knows nothing of the simulator.
 *
 * @module
 */
export { internetChecksum, onesComplementSum } from "./checksum.ts";
export {
  concatBytes,
  ETHERTYPE,
  ethernet,
  icmpEcho4,
  IP_PROTOCOL,
  ipv4,
  ipv4Address,
  macAddress,
  PacketError,
  parseFrame,
  pseudoHeaderSum,
  tcp4,
  udp4,
} from "./packet.ts";
export type { EthernetFields, Ipv4Fields, ParsedFrame, PortFields, TcpFields } from "./packet.ts";
export { LINKTYPE_ETHERNET, PcapError, PcapngWriter, readCapture, writePcap } from "./pcap.ts";
export type { Capture, CapturedFrame, PcapngInterface } from "./pcap.ts";
