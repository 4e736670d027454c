import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { parseFrame, PcapError, PcapngWriter, readCapture, writePcap } from "../../../src/net/index.ts";

const FIXTURES = new URL("../../../fixtures/", import.meta.url);

const anyFrames = fc.array(
  fc.record({
    timeNs: fc.bigInt({ min: 0n, max: (1n << 62n) - 1n }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    interfaceId: fc.constantFrom(0, 1),
  }),
  { maxLength: 20 },
);

describe("net: capture files", () => {
  for (const [name, count] of [
    ["tcp_rr_1byte.pcap", 1000],
    ["icmp_sizes.pcap", 36],
    ["tcp_http.pcap", 115],
    ["tcp_bulk.pcap", 480],
  ] as const) {
    it(`reads the ${count} frames of ${name}, all of them between guest and peer`, () => {
      const capture = readCapture(readFileSync(new URL(name, FIXTURES)));

      expect(capture.format).to.equal("pcap");
      expect(capture.frames).to.have.length(count);
      for (const frame of capture.frames) {
        const { ipv4 } = parseFrame(frame.bytes);
        expect([ipv4?.src, ipv4?.dst].sort()).to.deep.equal(["10.77.0.1", "10.77.0.4"]);
        expect(frame.bytes.length).to.equal(frame.originalLenBytes);
      }
    });
  }

  it("reads back the pcapng it writes, in order of time", () => {
    fc.assert(
      fc.property(anyFrames, (frames) => {
        const writer = new PcapngWriter([
          { name: "tx", direction: "outbound" },
          { name: "rx", description: "wire" },
        ]);
        for (const frame of frames) writer.add(frame);

        const capture = readCapture(writer.finish());

        expect(capture.interfaces).to.deep.equal(["tx", "rx"]);
        const ordered = frames.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : Number(a.timeNs > b.timeNs)));
        expect(capture.frames.map((frame) => [frame.timeNs, frame.interfaceId, [...frame.bytes]])).to.deep.equal(
          ordered.map((frame) => [frame.timeNs, frame.interfaceId, [...frame.bytes]]),
        );
      }),
    );
  });

  it("reads back the pcap it writes", () => {
    const frames = [
      { timeNs: 0n, bytes: Uint8Array.of(1) },
      { timeNs: 1_234_567_890n, bytes: Uint8Array.of(1, 2, 3) },
    ];

    const capture = readCapture(writePcap(frames));

    expect(capture.frames.map((frame) => [frame.timeNs, frame.bytes])).to.deep.equal(
      frames.map((frame) => [frame.timeNs, frame.bytes]),
    );
  });

  it("writes the same bytes for the same frames", () => {
    const write = (): Uint8Array => {
      const writer = new PcapngWriter([{ name: "tx" }]);
      writer.add({ interfaceId: 0, timeNs: 4n, bytes: new Uint8Array(60) });
      return writer.finish();
    };

    expect(write()).to.deep.equal(write());
  });

  it("says what is wrong with a damaged file", () => {
    const good = writePcap([{ timeNs: 0n, bytes: new Uint8Array(60) }]);
    const foreign = Uint8Array.from(good);
    foreign.set([113, 0, 0, 0], 20);

    expect(() => readCapture(new Uint8Array(10))).to.throw(PcapError, "10 bytes");
    expect(() => readCapture(new Uint8Array(100))).to.throw(PcapError, "neither pcap nor pcapng");
    expect(() => readCapture(good.subarray(0, good.length - 1))).to.throw(PcapError, "60 bytes wanted");
    expect(() => readCapture(foreign)).to.throw(PcapError, "link type 113");
  });

  it("ends with a PcapError, never otherwise, on any bytes behind a valid beginning", () => {
    const starts = [writePcap([]), new PcapngWriter([{ name: "x" }]).finish()];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 100 }), (start, tail) => {
        const file = new Uint8Array(start.length + tail.length);
        file.set(start);
        file.set(tail, start.length);
        try {
          readCapture(file);
        } catch (error) {
          expect(error).to.be.instanceOf(PcapError);
        }
      }),
    );
  });
});
