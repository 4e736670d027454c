import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import { LAYOUTS } from "../../src/virtio/index.ts";
import { BUILDS, randomFrames, useBench } from "./system-bench.ts";

for (const name of ["narrow", "middle", "wide"] as const) {
  const params = BUILDS[name];
  describe(withSeed(`system: smoke at ${params.DATA_W} bit`), () => {
    const bench = useBench({ params, name: `smoke-${params.DATA_W}` });

    for (const layout of LAYOUTS) {
      it(`${layout.name}: 100 frames each way, counters as the driver laid out [FRAM-01]`, async () => {
        const net = bench();
        await net.start({ layout });
        const frames = randomFrames(net.random, 100, 1514);

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
