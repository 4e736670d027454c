import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { registerBlock } from "../support/register-block.ts";

describeModule(
  "vnet_device_cfg",
  {
    params: [{ QUEUE_PAIRS: 4, FRAME_MAX: 9216 }],
    fullParams: [
      { QUEUE_PAIRS: 1, FRAME_MAX: 86 },
      { QUEUE_PAIRS: 8, FRAME_MAX: 65535 },
    ],
  },
  ({ params, test }) => {
    const mtuMax = Math.min(65535, params.FRAME_MAX - 18);

    const setUp = async (bench: ModuleBench): Promise<void> => {
      bench.drive({ cfg_mac: 0x665544332211n, cfg_mtu: 1500, cfg_link_up: 1, cfg_idle: 1 });
      await bench.reset();
      await bench.cycles(4);
    };

    test("fields read as documented, everything else 0 [NET-CFG-18]", async (bench) => {
      await setUp(bench);
      const block = registerBlock(bench);
      expect(await block.read(0x200)).to.equal(0x44332211);
      expect(await block.read(0x204)).to.equal(0x00016655);
      expect(await block.read(0x208, 2)).to.equal(params.QUEUE_PAIRS);
      expect(await block.read(0x20a, 2)).to.equal(Math.min(1500, mtuMax));
      for (const offset of [0, 0x14, 0x1fc, 0x20c, 0x2200]) expect(await block.read(offset)).to.equal(0);
    });

    test("the MTU is kept within 68 and what a frame can carry [NET-CFG-02]", async (bench) => {
      await setUp(bench);
      const block = registerBlock(bench);
      for (const mtu of [0, 67, 68, 69, mtuMax - 1, mtuMax, mtuMax + 1, 65535].filter((n) => n >= 0 && n <= 65535)) {
        bench.drive({ cfg_mtu: mtu });
        await bench.cycles(4);
        expect(await block.read(0x20a, 2), `cfg_mtu ${mtu}`).to.equal(Math.min(mtuMax, Math.max(68, mtu)));
      }
    });

    test("the MTU is frozen while a driver is there; MAC and link are not [NET-CFG-04]", async (bench) => {
      await setUp(bench);
      const block = registerBlock(bench);
      bench.drive({ cfg_idle: 0 });
      await bench.cycles(2);
      bench.drive({ cfg_mtu: 100, cfg_mac: 1, cfg_link_up: 0 });
      await bench.cycles(4);
      expect(await block.read(0x20a, 2)).to.equal(Math.min(1500, mtuMax));
      expect(await block.read(0x200)).to.equal(1);
      expect(await block.read(0x204)).to.equal(0);
      bench.drive({ cfg_idle: 1 });
      await bench.cycles(4);
      expect(await block.read(0x20a, 2)).to.equal(Math.min(100, mtuMax));
    });

    test("the limit of received frames follows the MTU only if it was negotiated", async (bench) => {
      await setUp(bench);
      expect(bench.signal("cfg_rx_max").number).to.equal(0x1ffff);
      bench.drive({ cfg_mtu_valid: 1 });
      await bench.cycles(3);
      expect(bench.signal("cfg_rx_max").number).to.equal(Math.min(1500, mtuMax) + 18);
    });

    test("generation: counts a change only if something was read since the last one [CFG-03] [PCI-24]", async (bench) => {
      await setUp(bench);
      const generation = bench.signal("sts_generation");
      const look = async (): Promise<void> => {
        bench.drive({ reg_look: 1 });
        await bench.cycles(1);
        bench.drive({ reg_look: 0 });
        await bench.cycles(2);
      };
      const change = async (): Promise<void> => {
        bench.drive({ cfg_link_up: 1 - Number(bench.signal("cfg_link_up").value) });
        await bench.cycles(6);
      };
      expect(generation.number).to.equal(0);
      await change();
      expect(generation.number, "nobody looked").to.equal(0);
      await look();
      await change();
      expect(generation.number).to.equal(1);
      await change();
      await change();
      expect(generation.number, "one step for all changes between two looks").to.equal(1);
      await look();
      await look();
      await change();
      expect(generation.number).to.equal(2);
    });

    test("a read that is going on at the change counts", async (bench) => {
      await setUp(bench);
      bench.drive({ reg_look: 1, cfg_mac: 0x99 });
      await bench.cycles(5);
      bench.drive({ reg_look: 0 });
      await bench.cycles(2);
      expect(bench.signal("sts_generation").number).to.equal(1);
    });

    test("a look in the last cycle that shows the old value counts, one cycle later it does not", async (bench) => {
      for (const [delay, expected] of [
        [0, 1],
        [1, 1],
        [2, 0],
        [3, 0],
      ] as const) {
        await setUp(bench);
        for (let cycle = 0; cycle < 8; cycle++) {
          bench.drive({ reg_look: cycle === delay ? 1 : 0, ...(cycle === 0 ? { cfg_mac: 0x1234 + delay } : {}) });
          await bench.cycles(1);
        }
        expect(bench.signal("sts_generation").number, `look ${delay} cycles after the change`).to.equal(expected);
      }
    });

    test("a change of any bit is an event", async (bench) => {
      await setUp(bench);
      let events = 0;
      const count = async (inputs: Readonly<Record<string, bigint | number>>): Promise<number> => {
        events = 0;
        bench.drive(inputs);
        for (let i = 0; i < 8; i++) {
          await bench.cycles();
          if (bench.signal("evt_change").isHigh) events++;
        }
        return events;
      };
      for (let bit = 0; bit < 48; bit++) {
        expect(await count({ cfg_mac: 0x665544332211n ^ (1n << BigInt(bit)) }), `MAC bit ${bit}`).to.equal(1);
        expect(await count({ cfg_mac: 0x665544332211n })).to.equal(1);
      }
      for (let bit = 0; bit < 16; bit++) {
        const [from, to] = [68, 68 + (1 << bit)];
        if (to > mtuMax) continue;
        await count({ cfg_mtu: from });
        expect(await count({ cfg_mtu: to }), `MTU ${from} to ${to}`).to.equal(1);
      }
    });

    test("reset values are loaded without a change event", async (bench) => {
      bench.drive({ cfg_mac: 5, cfg_mtu: 1000, cfg_link_up: 1, cfg_idle: 1 });
      await bench.reset();
      for (let i = 0; i < 6; i++) {
        expect(bench.signal("evt_change").isHigh).to.equal(false);
        await bench.cycles();
      }
    });

    test("property: one event per change; a consistent picture between two equal generations [CFG-03] [PCI-24]", async (bench) => {
      await setUp(bench);
      const block = registerBlock(bench);
      let mac = 0x665544332211n;
      const step = fc.record({ mac: fc.bigInt(0n, 2n ** 48n - 1n), gap: fc.integer({ min: 1, max: 12 }) });
      await bench.property(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        let events = 0;
        let changes = 0;
        const count = async (cycles: number): Promise<void> => {
          for (let i = 0; i < cycles; i++) {
            if (bench.signal("evt_change").isHigh) events++;
            await bench.cycles();
          }
        };
        for (const next of steps) {
          if (next.mac !== mac) changes++;
          mac = next.mac;
          bench.drive({ cfg_mac: mac });
          await count(next.gap);
        }
        await count(8);
        // Changes one cycle apart are still seen one by one.
        expect(events).to.equal(changes);
        expect(await block.read(0x200)).to.equal(Number(mac & 0xffffffffn));
        expect(await block.read(0x204, 2)).to.equal(Number(mac >> 32n));
      });
    });
  },
);
