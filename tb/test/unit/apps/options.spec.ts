import { expect } from "chai";

import { OptionError, parseSimOptions } from "../../../apps/options.ts";
import { loadTraffic, takeTraffic } from "../../../apps/replay.ts";
import { drawTimeline } from "../../../apps/timeline-svg.ts";
import { LAYOUTS } from "../../../src/virtio/index.ts";

describe("apps: options", () => {
  it("has defaults for everything", () => {
    expect(parseSimOptions({ LAYOUT: "" })).to.deep.equal({
      seed: 1,
      dataWidth: 64,
      latency: 50,
      frames: undefined,
      pcap: undefined,
      layouts: LAYOUTS,
      waves: undefined,
    });
  });

  it("takes what is given, and few frames when a waveform is recorded", () => {
    const options = parseSimOptions({ SEED: "7", DATA_W: "512", LATENCY: "3", LAYOUT: "linux,cut", WAVES: "fst" });

    expect(options).to.include({ seed: 7, dataWidth: 512, latency: 3, frames: 40, waves: "fst" });
    expect(options.layouts.map((layout) => layout.name)).to.deep.equal(["linux", "cut"]);
  });

  const wrong: readonly (readonly [Record<string, string>, string])[] = [
    [{ SEED: "x" }, "SEED: expected an integer from 1 to 2147483647, got 'x'"],
    [{ SEED: "-1" }, "got '-1'"],
    [{ DATA_W: "96" }, "DATA_W: expected one of 64, 128, 256, 512, got '96'"],
    [{ LATENCY: "0" }, "LATENCY: expected an integer from 1 to 100000, got '0'"],
    [{ FRAMES: "1.5" }, "FRAMES: expected an integer"],
    [{ PCAP: "/no/such/file" }, "PCAP: expected a capture file (pcap or pcapng), got '/no/such/file'"],
    [{ LAYOUT: "linux,minix" }, "got 'minix'"],
    [{ WAVES: "png" }, "WAVES: expected vcd or fst, got 'png'"],
  ];
  for (const [environment, message] of wrong) {
    it(`says what is wrong with ${JSON.stringify(environment)}`, () => {
      expect(() => parseSimOptions(environment)).to.throw(OptionError, message);
    });
  }
});

describe("apps: recorded traffic", () => {
  it("tells the two directions apart", () => {
    const traffic = loadTraffic(undefined);

    expect(traffic.tx.length + traffic.rx.length).to.equal(1631);
    expect(traffic.tx.length).to.equal(992);
  });

  it("takes as many frames as asked for, in proportion, repeating if need be", () => {
    const traffic = loadTraffic(undefined);
    for (const count of [1, 10, 1631, 5000]) {
      const taken = takeTraffic(traffic, count);
      expect(taken.tx.length + taken.rx.length).to.equal(count);
    }
  });
});

describe("apps: timeline drawing", () => {
  it("has a line for each chain, and leaves out what was not seen", () => {
    const life = {
      virtqueue: 1,
      position: 0,
      head: 3,
      frameBytes: 60,
      descriptors: 1,
      bursts: 1,
      kick: undefined,
      avail: 10,
      firstDescriptor: 20,
      lastDescriptor: 20,
      firstPayload: 25,
      lastPayload: 40,
      firstBeat: 50,
      lastBeat: 55,
      used: 60,
      usedIdx: 70,
      interrupt: undefined,
    };

    const svg = drawTimeline([life, { ...life, virtqueue: 0 }], { layout: "a<b", dataWidth: 64 });

    expect(svg).to.contain("TX0 chain 0, 60 B: descriptors, 10 to 20");
    expect(svg).to.contain("RX0 chain 0");
    expect(svg).to.contain("layout a&lt;b");
    expect(svg).to.not.contain("NaN");
    expect(drawTimeline([], { layout: "x", dataWidth: 64 })).to.contain("</svg>");
  });
});
