import { expect } from "chai";

import { IS_FULL, withSeed } from "../../src/core/index.ts";
import { LAYOUTS, withForm } from "../../src/virtio/index.ts";
import type { RandomSource } from "../../src/virtio/index.ts";
import { BUILDS, randomFrames, useBench } from "./system-bench.ts";

/** A VLAN tag in every fourth frame: NetKVM takes those apart in its own way. */
function traffic(random: RandomSource): Uint8Array[] {
  return randomFrames(random, 100, 1514).map((frame, i) => {
    if (i % 4 === 0 && frame.length >= 18) frame.set([0x81, 0x00, 0x00, 0x05, 0x08, 0x00], 12);
    return frame;
  });
}

for (const name of ["narrow", "middle", "wide"] as const) {
  const params = BUILDS[name];
  describe(withSeed(`system: smoke at ${params.DATA_W} bit`), () => {
    const bench = useBench({ params, name: `smoke-${params.DATA_W}` });

    // As each driver does it, and all chains direct, and all chains in tables.
    const forms = [
      ...LAYOUTS,
      ...LAYOUTS.map((layout) => withForm(layout, { kind: "direct" })),
      ...LAYOUTS.map((layout) => withForm(layout, { kind: "indirect", lane: 16, isShuffled: true })),
    ];
    for (const layout of name === "middle" && !IS_FULL ? LAYOUTS : forms) {
      it(`${layout.name}: 100 frames each way, counters as the driver laid out [FRAM-01]`, async () => {
        const net = bench();
        await net.start({ layout });
        const frames = traffic(net.random);

        net.send(
          0,
          frames.map((frame) => ({ frame })),
        );
        for (const frame of frames) net.receive(0, frame);
        await net.run();

        await net.finish();
        expect(net.scoreboard.tally(1).frames).to.equal(100);
        expect(net.scoreboard.tally(0).frames).to.equal(100);
      });
    }
  });
}
