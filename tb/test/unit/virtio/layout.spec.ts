import { expect } from "chai";
import fc from "fast-check";

import {
  crossesEvent,
  decodeDescriptor,
  decodeNetHeader,
  encodeDescriptor,
  encodeNetHeader,
  errorName,
  FEATURE,
  featureNames,
  hasAnyLayout,
  netHeaderLenBytes,
  ringGeometry,
} from "../../../src/virtio/index.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });

describe("virtio: layout", () => {
  it("gives the network header its bytes by the negotiated features [NET-HDR-03]", () => {
    expect(netHeaderLenBytes(0n)).to.equal(10);
    expect(netHeaderLenBytes(FEATURE.NET_MRG_RXBUF)).to.equal(12);
    expect(netHeaderLenBytes(FEATURE.VERSION_1)).to.equal(12);
    expect(netHeaderLenBytes(FEATURE.VERSION_1 | FEATURE.NET_HASH_REPORT)).to.equal(20);
    expect(netHeaderLenBytes(FEATURE.VERSION_1 | FEATURE.NET_HOST_UDP_TUNNEL_GSO)).to.equal(24);
    expect(netHeaderLenBytes(FEATURE.VERSION_1 | FEATURE.NET_OUT_NET_HEADER)).to.equal(32);
  });

  it("puts header fields where the specification has them", () => {
    const header = encodeNetHeader({ flags: 1, gsoType: 3, hdrLen: 0x1122, csumStart: 0x3344, numBuffers: 0x5566 }, 12);

    expect([...header]).to.deep.equal([1, 3, 0x22, 0x11, 0, 0, 0x44, 0x33, 0, 0, 0x66, 0x55]);
  });

  it("reads back every header field of the longest header", () => {
    const fields = {
      flags: 1,
      gsoType: 2,
      hdrLen: 3,
      gsoSize: 4,
      csumStart: 5,
      csumOffset: 6,
      numBuffers: 7,
      hashValue: 0x89abcdef,
      hashReport: 9,
      outerThOffset: 10,
      innerNhOffset: 11,
      outerNhOffset: 12,
      resourceId: 0xfedcba98,
      resourceType: 14,
    };

    expect(decodeNetHeader(encodeNetHeader(fields, 32))).to.deep.equal(fields);
    expect(decodeNetHeader(encodeNetHeader(fields, 10)).numBuffers).to.equal(0);
  });

  it("reads back a descriptor", () => {
    const view = new DataView(new ArrayBuffer(32));
    const desc = { addr: 0x8000_0000_0000_0001n, lenBytes: 0xffff_ffff, flags: 5, next: 0x1234 };

    encodeDescriptor(desc, view, 16);

    expect(decodeDescriptor(view, 16)).to.deep.equal(desc);
  });

  it("counts the event words in the ring sizes", () => {
    expect(ringGeometry(256)).to.deep.equal({
      descBytes: 4096,
      availBytes: 518,
      usedBytes: 2054,
      usedEventOffset: 516,
      availEventOffset: 2052,
    });
  });

  it("agrees with a walk over all indices about the event test [SVQ-11]", () => {
    fc.assert(
      fc.property(u16, u16, fc.integer({ min: 0, max: 300 }), (event, oldIdx, count) => {
        const isPassed = Array.from({ length: count }, (_, i) => (oldIdx + i) & 0xffff).includes(event);

        expect(crossesEvent(event, (oldIdx + count) & 0xffff, oldIdx)).to.equal(isPassed);
      }),
    );
  });

  it("names features and errors", () => {
    expect(featureNames(FEATURE.NET_MAC | FEATURE.VERSION_1 | (1n << 99n))).to.deep.equal([
      "NET_MAC",
      "VERSION_1",
      "bit99",
    ]);
    expect(errorName(8)).to.equal("CHAIN_SHORT");
    expect(errorName(30)).to.equal("code 30");
  });

  it("knows the bits that allow any layout", () => {
    for (const bit of [FEATURE.VERSION_1, FEATURE.ANY_LAYOUT, FEATURE.NET_ANY_HEADER_SG]) {
      expect(hasAnyLayout(bit)).to.equal(true);
    }
    expect(hasAnyLayout(FEATURE.NET_MRG_RXBUF)).to.equal(false);
  });
});
