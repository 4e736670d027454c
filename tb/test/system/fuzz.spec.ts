/**
 * The fuzzer itself: cases can be repeated, the judge sees what is wrong. `make fuzz` plays many more cases.
 */
import { expect } from "chai";

import { SEED, withSeed } from "../../src/core/index.ts";
import { Campaign } from "../../fuzz/campaign.ts";
import { judge } from "../../fuzz/judge.ts";
import { Player } from "../../fuzz/player.ts";
import type { Outcome } from "../../fuzz/player.ts";

const CASES = 200;

describe(withSeed("system: hostile driver"), () => {
  const campaign = new Campaign({ seed: SEED, hasWaves: false, maxViolations: 1 });

  it(`${CASES} cases of hostile rings, registers, bus errors and resets; after each the device works [RST-02] [RST-03] [SVQ-01] [SVQ-02] [SVQ-04] [SVQ-26] [SVQ-28]`, async function () {
    this.timeout(900_000);
    await campaign.chunk(0, CASES);

    expect(campaign.violations).to.deep.equal([]);
    expect(campaign.tally.cases).to.equal(CASES);
    expect(campaign.tally.frames).to.be.above(CASES / 2);
    expect(campaign.tally.usedChains).to.be.above(CASES);
  });

  it("makes the same case from the same seed and number, and plays it in the same cycles", async () => {
    const cycles: number[] = [];
    for (let run = 0; run < 2; run++) {
      const player = await Player.open({ build: "narrow", seed: SEED });
      for (let index = 0; index < 20; index++) await player.play(campaign.case(index));
      cycles.push(player.bench.cycle);
      await player.close();
    }

    expect(campaign.case(7)).to.deep.equal(campaign.case(7));
    expect(cycles[0]).to.equal(cycles[1]);
  });

  it("notices every kind of wrong outcome", async () => {
    const player = await Player.open({ build: "narrow", seed: SEED });
    let index = 0;
    let fuzzCase = campaign.case(index);
    // One in which frames go both ways, and everything is known.
    while (fuzzCase.expected?.isExact !== true || fuzzCase.expected.frames.length < 2)
      fuzzCase = campaign.case(++index);
    const good = await player.play(fuzzCase);
    await player.close();
    const flipped = (bytes: Uint8Array, at: number, mask: number): Uint8Array =>
      bytes.map((byte, i) => (i === at ? byte ^ mask : byte));
    const [frame, ...others] = good.frames;
    if (frame === undefined) throw new Error("no frame");
    const usedAt = (fuzzCase.queues[1]?.used ?? 0) - 0x5000;
    const wrong: Record<string, Partial<Outcome>> = {
      "a hang": { hangs: ["somewhere"] },
      "an interrupt after the reset": { lateInterrupts: 1 },
      "a wrong byte in a frame": { frames: [{ ...frame, data: flipped(frame.data, 0, 1) }, ...others] },
      "a byte of another case in a frame": { frames: [{ ...frame, data: flipped(frame.data, 0, 0x10) }, ...others] },
      "a wrong header": { frames: [{ ...frame, header: flipped(frame.header, 0, 1) }, ...others] },
      "a missing frame": { frames: others },
      "a frame that comes twice": { frames: [frame, ...good.frames] },
      "frames in another order": { frames: [...good.frames].reverse() },
      "a chain that did not come back": { used: flipped(good.used, usedAt + 2, 1) },
      "a wrong used length": { used: flipped(good.used, usedAt + 8, 1) },
      "a wrong used head": { used: flipped(good.used, usedAt + 4, 0x40) },
      "a stop without a cause": { status: 0x4f },
      "a byte beside the receive buffers": { targets: flipped(good.targets, good.targets.length - 1, 1) },
      "no frame after the case": { round: { ...good.round, frames: [] } },
      "a wrong frame received after the case": {
        round: { ...good.round, targets: flipped(good.round.targets, 90, 1) },
      },
    };

    expect(judge(fuzzCase, good)).to.deep.equal([]);
    for (const [what, change] of Object.entries(wrong)) {
      expect(judge(fuzzCase, { ...good, ...change }), what).to.not.deep.equal([]);
    }
  });
});
