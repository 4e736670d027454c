import { expect } from "chai";
import fc from "fast-check";

import {
  concatBytes,
  ETHERTYPE,
  ethernet,
  icmpEcho4,
  internetChecksum,
  IP_PROTOCOL,
  ipv4Address,
  macAddress,
  onesComplementSum,
  PacketError,
  parseFrame,
  pseudoHeaderSum,
  tcp4,
  udp4,
} from "../../../src/net/index.ts";

const HOSTS = { src: ipv4Address("10.77.0.1"), dst: ipv4Address("10.77.0.4") };
const PORTS = { srcPort: 1000, dstPort: 2000 };
const LINK = { dst: macAddress("52:54:00:12:34:56"), src: macAddress("02:00:00:00:00:01"), etherType: ETHERTYPE.ipv4 };

describe("net: packets", () => {
  it("computes the checksum of the example in RFC 1071", () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);

    expect(onesComplementSum(bytes)).to.equal(0xddf2);
    expect(internetChecksum(bytes)).to.equal(0x220d);
  });

  it("finds a packet with its checksum in place to sum to all ones", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 300 }), (data) => {
        const udp = udp4(HOSTS, PORTS, data).subarray(20);
        const fields = { ...HOSTS, protocol: IP_PROTOCOL.udp };

        expect(onesComplementSum(udp, pseudoHeaderSum(fields, udp.length))).to.equal(0xffff);
      }),
    );
  });

  it("gives IPv4, TCP and ICMP correct checksums", () => {
    const tcp = tcp4(HOSTS, { ...PORTS, seq: 1, ack: 2 }, Uint8Array.of(1, 2, 3));
    const icmp = icmpEcho4(HOSTS, { isReply: false, id: 7, seq: 1 }, new Uint8Array(5));

    expect(onesComplementSum(tcp.subarray(0, 20))).to.equal(0xffff);
    expect(onesComplementSum(tcp.subarray(20), pseudoHeaderSum({ ...HOSTS, protocol: IP_PROTOCOL.tcp }, 23))).to.equal(
      0xffff,
    );
    expect(onesComplementSum(icmp.subarray(20))).to.equal(0xffff);
  });

  it("parses what it builds", () => {
    const frame = ethernet(LINK, tcp4(HOSTS, PORTS, Uint8Array.of(9)));

    const parsed = parseFrame(frame);

    expect(parsed.etherType).to.equal(ETHERTYPE.ipv4);
    expect(parsed.vlanId).to.equal(undefined);
    expect(parsed.ipv4).to.deep.equal({ src: "10.77.0.1", dst: "10.77.0.4", protocol: IP_PROTOCOL.tcp });
    expect([parsed.l3Offset, parsed.l4Offset, parsed.payloadOffset]).to.deep.equal([14, 34, 54]);
  });

  it("looks behind a VLAN tag", () => {
    const parsed = parseFrame(ethernet({ ...LINK, vlanId: 42 }, udp4(HOSTS, PORTS, new Uint8Array(1))));

    expect(parsed.vlanId).to.equal(42);
    expect([parsed.l3Offset, parsed.l4Offset, parsed.payloadOffset]).to.deep.equal([18, 38, 46]);
  });

  it("does not read beyond a truncated or nonsensical frame", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 80 }), (bytes) => {
        const frame = concatBytes(bytes);
        frame.set([0x08, 0x00], 12);

        const parsed = parseFrame(frame);

        expect(parsed.payloadOffset).to.be.within(14, frame.length);
      }),
    );
    expect(() => parseFrame(new Uint8Array(13))).to.throw(PacketError, "13 bytes");
  });

  it("refuses addresses that are none", () => {
    expect(() => macAddress("52:54:00:12:34")).to.throw(PacketError, "52:54:00:12:34");
    expect(() => ipv4Address("10.0.0.256")).to.throw(PacketError, "10.0.0.256");
  });
});
