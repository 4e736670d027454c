import { expect } from "chai";

import { describeDifference, hexdump, InterruptRule, Scoreboard } from "../../../src/model/index.ts";
import type { ReferenceFault } from "../../../src/model/index.ts";
import { linux } from "../../../src/virtio/index.ts";
import { openLoopback } from "../loopback.ts";

describe("model: scoreboard", () => {
  const faults: readonly (readonly [ReferenceFault, string])[] = [
    ["flipFrameByte", "TX pair 0, frame 0: first difference at byte 0: expected 0x00, seen 0x80"],
    ["flipFrameByte", "RX pair 0, frame 0: first difference at byte 59"],
    ["dropFrame", "TX pair 0: 2 frames never left the device"],
    ["wrongHeader", "header: first difference at byte 1: expected 0x00, seen 0xff"],
    ["wrongUsedLength", "virtqueue 1, used entry 0: length 1, expected 0"],
    ["swapUsed", "virtqueue 1, used entry 0: head 1, expected 0"],
    ["noInterrupt", "virtqueue 1: no interrupt although one was due"],
    ["writeBeyond", "guest memory at 0x"],
    ["numBuffersZero", "num_buffers 0"],
  ];
  for (const [fault, message] of faults) {
    it(`notices a device with the fault ${fault}: ${message}`, async () => {
      const loop = await openLoopback({ layout: linux, device: { fault } });
      if (fault === "writeBeyond") loop.memory.isChecked = false;
      const frame = Uint8Array.from({ length: 60 }, (_, i) => i);
      let problems: string;
      try {
        await loop.send([{ frame }, { frame }]);
        loop.driver.fillRx(0, 4);
        await loop.driver.flush(0);
        await loop.receive([frame]);
        problems = (await loop.problems()).join("\n");
      } catch (error) {
        problems = String(error);
      }

      expect(problems).to.contain(message);
    });
  }

  it("shows both sides of a difference", () => {
    const expected = Uint8Array.from({ length: 40 }, (_, i) => i);
    const seen = Uint8Array.from(expected);
    seen[17] = 0xee;

    const text = describeDifference(expected, seen);

    expect(text).to.contain("first difference at byte 17: expected 0x11, seen 0xee; lengths 40 and 40");
    expect(text).to.contain("0010  10 ee 12");
    expect(describeDifference(expected, expected.slice(0, 39))).to.contain("byte 39: expected 0x27, seen nothing");
    expect(describeDifference(expected, expected)).to.equal("");
    expect(hexdump(Uint8Array.of(1, 2))).to.equal("0000  01 02");
  });

  it("keeps the first problems and counts all", () => {
    const scoreboard = new Scoreboard({ where: () => "cycle 5:" });
    for (let i = 0; i < 100; i++) scoreboard.report(`problem ${i}`);

    expect(() => {
      scoreboard.check();
    }).to.throw(/100 problems\ncycle 5: problem 0\n[\s\S]*and 80 more/);
  });
});

describe("model: interrupt rule", () => {
  const collect = (rule: InterruptRule, from: number, count: number): void => {
    for (let i = 0; i < count; i++) rule.used((from + i) & 0xffff);
  };

  it("wants one interrupt when the used index passes used_event, across the wrap [SVQ-11]", () => {
    const rule = new InterruptRule();
    rule.arm({ kind: "event", usedEvent: 2 }, 0xfffe);
    collect(rule, 0xfffe, 4);
    expect(rule.settle()).to.deep.equal([]);

    rule.used(2);
    expect(rule.settle()[0]).to.contain("no interrupt although one was due");
    rule.interrupt();
    expect(rule.settle()).to.deep.equal([]);
    rule.interrupt();
    expect(rule.settle()[0]).to.contain("2 interrupts, at most 1 expected");
  });

  it("wants none when the driver wants none [SVQ-08]", () => {
    const rule = new InterruptRule();
    rule.arm({ kind: "never" }, 0);
    collect(rule, 0, 10);
    expect(rule.settle()).to.deep.equal([]);

    rule.interrupt();
    expect(rule.settle()[0]).to.contain("at most 0 expected");
  });

  it("allows one per used entry, and wants at least one, when the driver always wants them [SVQ-09]", () => {
    const rule = new InterruptRule();
    collect(rule, 0, 3);
    expect(rule.settle()).to.have.length(1);

    for (let i = 0; i < 3; i++) rule.interrupt();
    expect(rule.settle()).to.deep.equal([]);
    rule.interrupt();
    expect(rule.settle()).to.have.length(1);
  });
});
