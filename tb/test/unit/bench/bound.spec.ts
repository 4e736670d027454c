/** The bound of the bench, against figures worked out by hand. */
import { expect } from "chai";

import { beatsOf, boundOf, filledSpans, meanBound } from "../../../../bench/bound.ts";

const PAGE = 0x4000_0000n;

describe("bench bound", () => {
  it("counts the bus words that a span touches", () => {
    expect(beatsOf({ addr: PAGE, lenBytes: 64 }, 64)).to.equal(1);
    expect(beatsOf({ addr: PAGE, lenBytes: 65 }, 64)).to.equal(2);
    expect(beatsOf({ addr: PAGE + 63n, lenBytes: 2 }, 64)).to.equal(2);
    expect(beatsOf({ addr: PAGE + 63n, lenBytes: 1 }, 64)).to.equal(1);
    expect(beatsOf({ addr: PAGE + 12n, lenBytes: 64 }, 8)).to.equal(9);
    expect(beatsOf({ addr: PAGE + 5n, lenBytes: 0 }, 8)).to.equal(0);
  });

  it("gives the examples of the performance goals", () => {
    // 512 bit, 64-byte frame, 12-byte header.
    const inline = boundOf({ reads: [{ addr: PAGE, lenBytes: 76 }], writes: [], descriptors: 1, chains: 1 }, 64);
    expect(inline.cycles).to.be.closeTo(2.28, 0.005);
    const separate = boundOf(
      {
        reads: [
          { addr: PAGE, lenBytes: 12 },
          { addr: PAGE + 0x100cn, lenBytes: 64 },
        ],
        writes: [],
        descriptors: 2,
        chains: 1,
      },
      64,
    );
    expect(separate.cycles).to.be.closeTo(3.53, 0.005);
    expect(separate.writeBeats).to.equal(0.125);
  });

  it("takes the busier channel on receive", () => {
    const bound = boundOf({ reads: [], writes: [{ addr: PAGE, lenBytes: 76 }], descriptors: 1, chains: 1 }, 8);
    expect(bound.writeBeats).to.equal(11);
    expect(bound.readBeats).to.equal(2.25);
    expect(bound.cycles).to.equal(11);
  });

  it("cuts a packet at the ends of the elements", () => {
    const elements = [0n, 1n, 2n].map((i) => ({ addr: PAGE + 2048n * i, lenBytes: 2048 }));
    expect(filledSpans(elements, 2060)).to.deep.equal([
      { addr: PAGE, lenBytes: 2048 },
      { addr: PAGE + 2048n, lenBytes: 12 },
    ]);
    expect(() => filledSpans(elements, 6145)).to.throw("1 bytes too long");
  });

  it("averages over frames", () => {
    const need = (lane: bigint) => ({
      reads: [{ addr: PAGE + lane, lenBytes: 64 }],
      writes: [],
      descriptors: 0,
      chains: 0,
    });
    expect(meanBound([need(0n), need(1n)], 64).cycles).to.equal(1.5);
  });
});
