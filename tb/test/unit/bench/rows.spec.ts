/** Verdicts of the bench: goals, known misses, impossible figures, drops; and what it writes into the documentation. */
import { expect } from "chai";

import { stream } from "../../../../bench/config.ts";
import { replaceBetweenMarkers, summaryTable } from "../../../../bench/docs.ts";
import { boundOfStream, chainCount, ringHeadroom } from "../../../../bench/layout.ts";
import { workerCount } from "../../../../bench/pool.ts";
import { drops, impossibleLines, judge, linesOf, missedGoals, textTable } from "../../../../bench/rows.ts";
import type { BenchLine, KnownMiss, Verdict } from "../../../../bench/rows.ts";
import { allRows, GROUPS, guardRows, laneOfFrameAt, row } from "../../../../bench/scenarios.ts";
import { missedSpeedGoals, ratesOf } from "../../../../bench/speed/report.ts";
import type { SpeedKind, SpeedRun } from "../../../../bench/speed/report.ts";
import { frameOf, SCENARIO } from "../../../../bench/speed/scenario.ts";
import { CONFIGS } from "../../../../bench/synth/configs.ts";
import { ranges } from "../../../../bench/thread.ts";

const BUS = { readBeats: 2, writeBeats: 1, readBeatsById: [], writeIdle: 0, addressWait: 0, maxOutstandingReads: 1 };
const COUNTERS = { inline: 1, alone: 0, cut: 0 };

/** The line of a row that was measured with this efficiency. */
function line(
  efficiency: number,
  over: { readonly group?: string; readonly lane?: number; readonly goal?: number } = {},
): BenchLine {
  const spec = row({
    group: over.group ?? GROUPS.tx,
    dataWidth: 512,
    latency: 64,
    streams: [stream({ direction: "tx", frameBytes: 64, lane: over.lane ?? 0 })],
    required: over.goal ?? 0.9,
  });
  const bound = 2.28125;
  const one = {
    direction: "tx" as const,
    chains: 256,
    frames: 2048,
    cycles: (2048 * bound) / efficiency,
    boundCyclesPerFrame: bound,
    readBeatsBound: bound,
    writeBeatsBound: 0.125,
    efficiency,
  };
  const [made] = linesOf(spec, { streams: [one], bus: BUS, counters: COUNTERS });
  if (made === undefined) throw new Error("no line");
  return made;
}

function judged(lines: readonly BenchLine[], known: readonly KnownMiss[]): Verdict {
  return judge(missedGoals(lines), known, new Set(lines.map(({ id }) => id)));
}

describe("bench verdicts", () => {
  it("meets a goal exactly at its value and misses it below", () => {
    expect(line(0.9).is_met).to.equal(true);
    expect(line(0.8999).is_met).to.equal(false);
    expect(judged([line(0.9)], [])).to.deep.equal({ known: [], missed: [] });
    expect(judged([line(0.8999)], []).missed).to.have.length(1);
  });

  it("tells a known miss apart, with its cause", () => {
    const bad = line(0.7);
    const verdict = judged([bad], [{ id: bad.id, cause: "The moon." }]);
    expect(verdict.missed).to.deep.equal([]);
    expect(verdict.known).to.have.length(1);
    expect(verdict.known[0]).to.include("0.700").and.include("The moon.");
  });

  it("wants a known miss off the list when its goal is met", () => {
    const good = line(0.95);
    expect(judged([good], [{ id: good.id, cause: "x" }]).missed[0]).to.include("take it off the list");
  });

  it("finds an offset that is more than 10 % below the mean", () => {
    const sweep = Array.from({ length: 64 }, (_, lane) =>
      line(lane === 7 ? 0.87 : 0.99, { group: GROUPS.offset, lane, goal: 0.85 }),
    );
    const { missed } = judged(sweep, []);
    expect(missed).to.have.length(1);
    expect(missed[0]).to.include("@7/").and.include("below the mean");
  });

  it("calls an efficiency above 1 impossible", () => {
    expect(impossibleLines([line(1), line(1.004)])).to.deep.equal([]);
    expect(impossibleLines([line(1.01)])[0]).to.include("above 1");
  });

  it("finds a drop of more than the allowed part, and a row without a record", () => {
    const now = line(0.9);
    expect(drops([now], { [now.id]: 0.918 }, 0.02)).to.deep.equal([]);
    expect(drops([now], { [now.id]: 0.919 }, 0.02)).to.have.length(1);
    expect(drops([now], {}, 0.02)[0]).to.include("no record");
  });

  it("prints each row with its goal", () => {
    expect(textTable([line(0.95), line(0.5)]))
      .to.match(/0\.950 +0\.90 met/)
      .and.match(/0\.500 +0\.90 MISSED/);
  });
});

describe("bench rows", () => {
  const rows = allRows();
  const judged = rows.filter(({ required }) => required !== undefined);
  const count = (group: string): number => judged.filter((one) => one.group === group).length;

  it("has every required row once", () => {
    // widths x layouts x frame sizes x latencies
    expect(count(GROUPS.tx)).to.equal(2 * 4 * 3 * 3);
    expect(count(GROUPS.scattered)).to.equal(2 * 4 * 3);
    // widths x mergeable or not x frame sizes x latencies
    expect(count(GROUPS.rx)).to.equal(2 * 2 * 3 * 3);
    expect(count(GROUPS.jumbo)).to.equal(2 * 3);
    expect(count(GROUPS.both)).to.equal(2 * 2 * 3);
    expect(count(GROUPS.offset)).to.equal(64);
    expect(count(GROUPS.pairs)).to.equal(2 * 2 * 3);
    expect(new Set(rows.map(({ id }) => id)).size).to.equal(rows.length);
  });

  it("asks for what the goals say, over at least 2000 frames", () => {
    const goals: Readonly<Record<string, number>> = {
      [GROUPS.tx]: 0.9,
      [GROUPS.scattered]: 0.8,
      [GROUPS.rx]: 0.9,
      [GROUPS.jumbo]: 0.9,
      [GROUPS.both]: 0.85,
      [GROUPS.offset]: 0.85,
      [GROUPS.pairs]: 0.9,
    };
    for (const { group, required, frames, queueSize } of judged) {
      expect(required).to.equal(goals[group]);
      expect(frames).to.be.at.least(2000);
      expect(queueSize).to.equal(256);
    }
  });

  it("begins the frame at each byte of a bus word", () => {
    const offsets = Array.from({ length: 64 }, (_, offset) => (laneOfFrameAt(offset) + 12) % 64);
    expect(offsets).to.deep.equal(Array.from({ length: 64 }, (_, offset) => offset));
  });

  it("guards rows of every required kind", () => {
    const groups = new Set(guardRows().map(({ group }) => group));
    expect([...groups].sort()).to.deep.equal([...new Set(judged.map(({ group }) => group))].sort());
    expect(guardRows().every(({ required }) => required !== undefined)).to.equal(true);
  });
});

describe("bench layout", () => {
  it("bounds a stream from its addresses", () => {
    const use = { queueSize: 256, driver: "open" as const };
    const inline = stream({ direction: "tx", frameBytes: 64 });
    expect(boundOfStream({ ...use, stream: inline }, 64).cycles).to.equal(2 + 16 / 64 + 2 / 64);
    const indirect = stream({ direction: "tx", frameBytes: 64, tx: "indirect" });
    expect(boundOfStream({ ...use, stream: indirect }, 64).cycles).to.equal(3 + 48 / 64 + 2 / 64);
    // Header and frame from byte 1 on: one word more at 64 bit than from byte 4 on.
    const words = (lane: number): number =>
      boundOfStream({ ...use, stream: stream({ direction: "tx", frameBytes: 64, lane }) }, 8).cycles;
    expect(words(4)).to.equal(10 + 2.25);
    expect(words(5)).to.equal(11 + 2.25);
  });

  it("fills a ring with as many chains as fit, a power of two if its entries never change", () => {
    const cut = stream({ direction: "tx", frameBytes: 64, tx: "cut" });
    expect(chainCount({ stream: cut, queueSize: 256, driver: "closed" })).to.equal(85);
    expect(chainCount({ stream: cut, queueSize: 256, driver: "open" })).to.equal(64);
  });

  it("knows when a ring is too short for any device", () => {
    const use = { stream: stream({ direction: "tx", frameBytes: 64 }), queueSize: 256, driver: "closed" as const };
    expect(ringHeadroom({ ...use, queuePairs: 1, latency: 256 }, 64)).to.be.closeTo((256 * 2.28125) / 1536, 1e-9);
    expect(ringHeadroom({ ...use, queuePairs: 4, latency: 256 }, 64)).to.be.above(1);
  });
});

describe("bench scenario of the speed", () => {
  it("is the small configuration", () => {
    expect(SCENARIO.parameters).to.deep.equal({ ...CONFIGS.small, DATA_W: 64, QUEUE_SIZE_MAX: 4096 });
  });

  it("has frames of the lengths it says, different from each other", () => {
    expect(frameOf(0, "tx")).to.have.length(64);
    expect(frameOf(7, "rx")).to.have.length(1514);
    expect(frameOf(4, "tx")).to.not.deep.equal(frameOf(8, "tx"));
    expect([...frameOf(4, "tx").subarray(0, 3)]).to.deep.equal([124, 131, 138]);
  });
});

describe("bench output", () => {
  it("puts a table between its markers, and refuses a text without them", () => {
    const text = "a\n<!-- made by make bench: begin x -->\nold\n<!-- made by make bench: end x -->\nb";
    const renewed = replaceBetweenMarkers(text, "x", "new");
    expect(renewed).to.include("new").and.not.include("old");
    expect(replaceBetweenMarkers(renewed, "x", "new")).to.equal(renewed);
    expect(() => replaceBetweenMarkers(text, "y", "new")).to.throw("begin y");
  });

  it("sums up 64-byte frames", () => {
    expect(summaryTable([line(0.95)]).rows).to.deep.equal([["TX inline", "", "", "", "", "2.28 / 2.40 = 0.95", ""]]);
  });

  it("writes runs of numbers with their ends", () => {
    expect(ranges([0, 1, 2, 5, 7, 8])).to.equal("0-2, 5, 7-8");
  });

  it("refuses a number of processes that is none", () => {
    expect(workerCount("3")).to.equal(3);
    expect(() => workerCount("many")).to.throw("JOBS");
    expect(() => workerCount("0")).to.throw("JOBS");
  });

  it("compares speeds, and does not pass over what was not measured", () => {
    const run = (kind: SpeedKind, cpuSeconds: number): SpeedRun => ({
      kind,
      timing: { cycles: 1000, frames: 10, cpuSeconds, wallSeconds: cpuSeconds },
    });
    const runs = [run("raw", 1), run("transaction", 1.9), run("per cycle", 50), run("cocotb", 60)];
    expect(missedSpeedGoals(runs)).to.deep.equal([]);
    expect(runs.map(ratesOf(runs)).map(({ cyclesPerSecond }) => cyclesPerSecond)).to.deep.equal([1000, 526, 20, 17]);
    expect(
      missedSpeedGoals([run("raw", 1), run("transaction", 2.1), run("per cycle", 61), run("cocotb", 60)]),
    ).to.have.length(3);
    expect(missedSpeedGoals([run("raw", 1), run("transaction", 1), run("per cycle", 50)])).to.have.length(2);
  });
});
