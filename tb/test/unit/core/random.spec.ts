import { expect } from "chai";
import fc from "fast-check";
import { encodePause, type Pause, pauseGenerator, PAUSES, Random } from "../../../src/core/index.ts";

describe("core: random", () => {
  it("is the same for the same seed and names, and another one otherwise", () => {
    const draw = (random: Random): number[] => Array.from({ length: 5 }, () => random.u32());
    expect(draw(new Random(7))).to.deep.equal(draw(new Random(7)));
    expect(draw(new Random(7))).to.not.deep.equal(draw(new Random(8)));
    expect(draw(new Random(7).fork("a"))).to.deep.equal(draw(new Random(7).fork("a")));
    expect(draw(new Random(7).fork("a"))).to.not.deep.equal(draw(new Random(7).fork("b")));
  });

  it("forks do not depend on what was drawn before", () => {
    const random = new Random(3);
    const before = random.fork("x").u32();
    random.u32();
    expect(random.fork("x").u32()).to.equal(before);
  });

  it("numbers do not change between versions: other runs must be repeatable", () => {
    const random = new Random(1);
    expect([random.u32(), random.u32(), random.u32()]).to.deep.equal([549046557, 2954958301, 1593375205]);
  });

  it("stays within its bounds and reaches them", () => {
    const random = new Random(5);
    const seen = new Set(Array.from({ length: 500 }, () => random.between(3, 6)));
    expect([...seen].sort()).to.deep.equal([3, 4, 5, 6]);
    expect(random.bits(70)).to.satisfy((value: bigint) => value >= 0n && value >> 70n === 0n);
    expect(random.bytes(7).length).to.equal(7);
    expect(() => random.below(0)).to.throw(RangeError);
    expect(() => random.pick([])).to.throw(RangeError);
  });

  it("chance is about what it says", () => {
    const random = new Random(11);
    const hits = Array.from({ length: 10_000 }, () => random.chance(0.25)).filter(Boolean).length;
    expect(hits).to.be.within(2300, 2700);
  });

  it("shuffle keeps all values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (values, seed) => {
        expect(new Random(seed).shuffle(values).sort()).to.deep.equal([...values].sort());
      }),
    );
  });
});

describe("core: pauses", () => {
  const cycles = (pause: Pause, count: number): string => {
    const isPause = pauseGenerator(pause, new Random(1));
    return Array.from({ length: count }, () => (isPause() ? "0" : "1")).join("");
  };

  it("follow their description", () => {
    expect(cycles(PAUSES.never, 6)).to.equal("111111");
    expect(cycles({ kind: "always" }, 6)).to.equal("000000");
    expect(cycles({ kind: "everyN", go: 2, pause: 3 }, 11)).to.equal("11000110001");
    expect(cycles({ kind: "everyN", go: 2, pause: 3, phase: 1 }, 6)).to.equal("100011");
    expect(cycles({ kind: "pattern", bits: "1101" }, 9)).to.equal("110111011");
  });

  it("bursts have the lengths that were asked for", () => {
    const runs = cycles({ kind: "bursty", go: 3, pause: 5 }, 2000).match(/1+|0+/g) ?? [];
    // The last run may be cut.
    for (const run of runs.slice(0, -1)) expect(run.length).to.be.within(1, run.startsWith("1") ? 3 : 5);
    expect(new Set(runs).size).to.be.at.least(8);
  });

  it("have the 8 bytes of the protocol", () => {
    const bytes = (pause: Pause): number[] => [...encodePause(pause)];
    expect(bytes(PAUSES.never)).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(bytes({ kind: "random", probability: 0.5 })).to.deep.equal([1, 0, 0x00, 0x80, 0, 0, 0, 0]);
    expect(bytes({ kind: "random", probability: 1 })).to.deep.equal([1, 0, 0xff, 0xff, 0, 0, 0, 0]);
    expect(bytes({ kind: "everyN", go: 2, pause: 300, phase: 1 })).to.deep.equal([2, 0, 2, 0, 0x2c, 1, 1, 0]);
    expect(bytes({ kind: "bursty", go: 4, pause: 5 })).to.deep.equal([3, 0, 4, 0, 5, 0, 0, 0]);
    expect(bytes({ kind: "pattern", bits: "10000000000000001" })).to.deep.equal([4, 0, 1, 0, 1, 0, 17, 0]);
    expect(bytes({ kind: "always" })).to.deep.equal([5, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => encodePause({ kind: "pattern", bits: "12" })).to.throw(RangeError, "expected 1..32 of 0 and 1");
  });
});
