import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { COMMON, registerBlock, type RegisterBlock, STATUS } from "../support/register-block.ts";

const VERSION_1 = 1n << 32n;
const MRG_RXBUF = 1n << 15n;
const ANY_LAYOUT = 1n << 27n;
const INDIRECT = 1n << 28n;
const EVENT_IDX = 1n << 29n;
const MTU = 1n << 3n;
const ANY_HEADER_SG = 1n << 25n;

describeModule(
  "vnet_common_cfg",
  {
    params: [
      { NVQ: 2, ANY_HEADER_SG: 0, MSIX_VECTORS: 3 },
      { NVQ: 8, ANY_HEADER_SG: 1, MSIX_VECTORS: 2048 },
    ],
  },
  ({ params, test }) => {
    const offered =
      MTU | (1n << 5n) | MRG_RXBUF | (1n << 16n) | ANY_LAYOUT | INDIRECT | EVENT_IDX | VERSION_1 | (1n << 40n) |
      (params.ANY_HEADER_SG === 1 ? ANY_HEADER_SG : 0n);

    const setUp = (bench: ModuleBench): RegisterBlock => {
      bench.drive({ sts_all_idle: 1 });
      return registerBlock(bench);
    };
    const accept = async (block: RegisterBlock, features: bigint): Promise<void> => {
      for (const window of [0, 1]) {
        await block.write(COMMON.driverFeatureSelect, window);
        await block.write(COMMON.driverFeature, Number((features >> BigInt(32 * window)) & 0xffffffffn));
      }
    };
    const outputs = (bench: ModuleBench): Record<string, number> =>
      Object.fromEntries(
        ["event_idx", "indirect", "mrg_rxbuf", "any_layout", "mtu_valid", "hdr_len", "driver_ok", "features_fixed"].map(
          (name) => [name, bench.signal(`cfg_${name}`).number],
        ),
      );

    test("reset values", async (bench) => {
      const block = setUp(bench);
      expect(await block.read(COMMON.deviceFeatureSelect)).to.equal(0);
      expect(await block.read(COMMON.driverFeature)).to.equal(0);
      expect(await block.read(COMMON.configVector, 2)).to.equal(0xffff);
      expect(await block.read(0x12, 2)).to.equal(params.NVQ);
      expect(await block.read(COMMON.status, 1)).to.equal(0);
      expect(await block.read(COMMON.queueSelect, 2)).to.equal(0);
      for (const offset of [0x18, 0x3c, 0x40, 0x100, 0x2000]) expect(await block.read(offset)).to.equal(0);
    });

    test("offered features, window by window; windows above 1 are empty [PCI-21]", async (bench) => {
      const block = setUp(bench);
      for (const [window, value] of [
        [0, offered & 0xffffffffn],
        [1, offered >> 32n],
        [2, 0n],
        [0xffffffff, 0n],
        [0x100, 0n],
      ] as const) {
        await block.write(COMMON.deviceFeatureSelect, window);
        expect(await block.read(COMMON.deviceFeature), `window ${window}`).to.equal(Number(value));
      }
    });

    test("what is written reads back, bit by bit; a window is chosen by all bits of its number", async (bench) => {
      const block = setUp(bench);
      for (let bit = 0; bit < 32; bit++) {
        const words = [(1 << bit) >>> 0, ~(1 << bit) >>> 0] as const;
        for (const [window, value] of words.entries()) {
          await block.write(COMMON.driverFeatureSelect, window);
          await block.write(COMMON.driverFeature, value);
        }
        for (const select of [(2 << bit) >>> 0, ((2 << bit) | 1) >>> 0].filter((value) => value > 1)) {
          await block.write(COMMON.driverFeatureSelect, select);
          await block.write(COMMON.deviceFeatureSelect, select);
          expect(await block.read(COMMON.driverFeatureSelect)).to.equal(select);
          expect(await block.read(COMMON.deviceFeatureSelect)).to.equal(select);
          expect(await block.read(COMMON.driverFeature), `window ${select}`).to.equal(0);
          expect(await block.read(COMMON.deviceFeature), `window ${select}`).to.equal(0);
          await block.write(COMMON.driverFeature, bench.random.u32());
        }
        for (const [window, value] of words.entries()) {
          await block.write(COMMON.driverFeatureSelect, window);
          expect(await block.read(COMMON.driverFeature)).to.equal(value);
          // A value that is held stays in every cycle.
          await bench.cycles(1);
          expect(await block.read(COMMON.driverFeature)).to.equal(value);
        }
      }
    });

    test("negotiation of each feature alone with VERSION_1 [FEAT-02]", async (bench) => {
      const block = setUp(bench);
      for (const feature of [0n, MRG_RXBUF, INDIRECT, EVENT_IDX, MTU]) {
        await accept(block, VERSION_1 | feature);
        await block.write(COMMON.status, STATUS.FEATURES_OK, 1);
        expect(await block.read(COMMON.status, 1)).to.equal(STATUS.FEATURES_OK);
        await bench.cycles(3);
        expect(outputs(bench)).to.deep.equal({
          event_idx: feature === EVENT_IDX ? 1 : 0,
          indirect: feature === INDIRECT ? 1 : 0,
          mrg_rxbuf: feature === MRG_RXBUF ? 1 : 0,
          any_layout: 1,
          mtu_valid: feature === MTU ? 1 : 0,
          hdr_len: 12,
          driver_ok: 0,
          features_fixed: 1,
        });
        await block.write(COMMON.status, 0, 1);
        expect(await block.read(COMMON.status, 1)).to.equal(0);
      }
    });

    test("drivers without VERSION_1: header length, layout right, DRIVER_OK without FEATURES_OK [FEAT-06]", async (bench) => {
      const block = setUp(bench);
      const cases: [features: bigint, hdrLen: number, anyLayout: number][] = [
        [0n, 10, 0],
        [MRG_RXBUF, 12, 0],
        [ANY_LAYOUT, 10, 1],
        [ANY_LAYOUT | MRG_RXBUF, 12, 1],
        ...(params.ANY_HEADER_SG === 1 ? [[ANY_HEADER_SG, 10, 1] as [bigint, number, number]] : []),
      ];
      for (const [features, hdrLen, anyLayout] of cases) {
        await accept(block, features);
        await block.write(COMMON.status, STATUS.ACKNOWLEDGE | STATUS.DRIVER, 1);
        await block.write(COMMON.status, STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.DRIVER_OK, 1);
        await bench.cycles(3);
        expect(outputs(bench)).to.include({ hdr_len: hdrLen, any_layout: anyLayout, driver_ok: 1, features_fixed: 1 });
        await block.write(COMMON.status, 0, 1);
      }
    });

    test("FEATURES_OK is refused with a feature that is not offered, in any window [FEAT-03]", async (bench) => {
      const block = setUp(bench);
      for (const [window, bit] of [[0, 0], [0, 17], [0, 31], [1, 1], [1, 31], [2, 0], [3, 31], [4, 5]] as const) {
        await accept(block, VERSION_1);
        await block.write(COMMON.driverFeatureSelect, window);
        const keep = window === 1 ? 1 : 0;
        await block.write(COMMON.driverFeature, ((1 << bit) | keep) >>> 0);
        await block.write(COMMON.status, STATUS.FEATURES_OK, 1);
        expect(await block.read(COMMON.status, 1), `window ${window} bit ${bit}`).to.equal(0);
        await block.write(COMMON.status, STATUS.DRIVER_OK, 1);
        expect(await block.read(COMMON.status, 1), "DRIVER_OK needs FEATURES_OK").to.equal(0);
        if (window < 4) {
          await block.write(COMMON.driverFeature, keep);
          await block.write(COMMON.status, STATUS.FEATURES_OK, 1);
          expect(await block.read(COMMON.status, 1), "taken back").to.equal(STATUS.FEATURES_OK);
        }
        await block.write(COMMON.status, 0, 1);
      }
    });

    test("features are fixed from FEATURES_OK on", async (bench) => {
      const block = setUp(bench);
      await accept(block, VERSION_1 | EVENT_IDX);
      await block.write(COMMON.status, STATUS.FEATURES_OK, 1);
      await accept(block, VERSION_1 | MRG_RXBUF | INDIRECT);
      await bench.cycles(3);
      expect(outputs(bench)).to.include({ event_idx: 1, mrg_rxbuf: 0, indirect: 0 });
      await block.write(COMMON.driverFeatureSelect, 0);
      expect(await block.read(COMMON.driverFeature)).to.equal(Number(EVENT_IDX));
    });

    test("a status bit once set stays", async (bench) => {
      const block = setUp(bench);
      await accept(block, VERSION_1);
      for (const [value, expected] of [[1, 1], [2, 3], [8, 11], [4, 15], [128, 143], [1, 143], [0x30, 143]] as const) {
        await block.write(COMMON.status, value, 1);
        expect(await block.read(COMMON.status, 1)).to.equal(expected);
      }
    });

    test("vectors at or above the limit read as no vector", async (bench) => {
      const block = setUp(bench);
      for (const [value, expected] of [
        [0, 0],
        [params.MSIX_VECTORS - 1, params.MSIX_VECTORS - 1],
        [params.MSIX_VECTORS, 0xffff],
        [0xffff, 0xffff],
      ] as const) {
        await block.write(COMMON.configVector, value, 2);
        expect(await block.read(COMMON.configVector, 2)).to.equal(expected);
        expect(bench.signal("cfg_config_vector").number).to.equal(expected);
      }
    });

    test("fields that share a word are written alone or together", async (bench) => {
      const block = setUp(bench);
      await block.write(COMMON.status, 0x0005_0001); // status 1 and queue_select 5 at once
      expect(await block.read(COMMON.status, 1)).to.equal(1);
      expect(bench.signal("cfg_queue_select").number).to.equal(5);
      await block.write(COMMON.queueSelect, 0xabcd, 2);
      expect(await block.read(COMMON.status)).to.equal(0xabcd0001 >>> 0);
      await block.write(COMMON.queueSelect + 1, 0x12, 1);
      expect(bench.signal("cfg_queue_select").number).to.equal(0x12cd);
    });

    test("the generation is shown beside the status and is not writable", async (bench) => {
      const block = setUp(bench);
      bench.drive({ sts_generation: 0x5a });
      await block.write(COMMON.status + 1, 0xff, 1);
      expect(await block.read(COMMON.status + 1, 1)).to.equal(0x5a);
    });

    test("driver reset: queues stop, nothing changes until all is idle, then everything at once [RST-01] [PCI-25] [PCI-26]", async (bench) => {
      const block = setUp(bench);
      await accept(block, VERSION_1);
      await block.write(COMMON.status, 15, 1);
      bench.drive({ sts_all_idle: 0 });
      bench.drive({ reg_addr: COMMON.status, reg_wdata: 0, reg_wstrb: 1 });
      await bench.cycles(4);
      bench.drive({ reg_wr: 1 });
      await bench.cycles(1);
      bench.drive({ reg_wr: 0 });
      await bench.cycles(2);
      expect(bench.signal("cfg_stop_all").isHigh).to.equal(true);
      expect(bench.signal("cfg_driver_ok").isHigh).to.equal(false);
      expect(bench.signal("reg_busy").isHigh, "the answer is held back").to.equal(true);
      await bench.cycles(200);
      expect(await block.read(COMMON.status, 1)).to.equal(15);
      bench.drive({ sts_all_idle: 1 });
      let resets = 0;
      for (let i = 0; i < 30; i++) {
        await bench.cycles();
        if (bench.signal("evt_reset").isHigh) resets++;
      }
      expect(resets, "evt_reset").to.equal(1);
      expect(bench.signal("reg_busy").isHigh || bench.signal("cfg_stop_all").isHigh).to.equal(false);
      expect(await block.read(COMMON.status, 1)).to.equal(0);
      await block.write(COMMON.driverFeatureSelect, 1);
      expect(await block.read(COMMON.driverFeature)).to.equal(0);
    });

    test("driver reset of an idle device: it waits 16 cycles for what was on its way", async (bench) => {
      const block = setUp(bench);
      await block.write(COMMON.status, 3, 1);
      bench.drive({ reg_addr: COMMON.status, reg_wdata: 0, reg_wstrb: 1 });
      await bench.cycles(4);
      bench.drive({ reg_wr: 1 });
      await bench.cycles(1);
      bench.drive({ reg_wr: 0 });
      const start = bench.cycle;
      while (!bench.signal("evt_reset").isHigh && bench.cycle < start + 100) await bench.cycles(1);
      expect(bench.cycle - start).to.equal(18);
    });

    test("driver reset of a device that never gets idle: the answer comes all the same, writes are ignored", async (bench) => {
      const block = setUp(bench);
      await block.write(COMMON.status, 3, 1);
      bench.drive({ sts_all_idle: 0 });
      const start = bench.cycle;
      await block.write(COMMON.status, 0, 1);
      expect(bench.cycle - start).to.be.within(4095, 4110);
      expect(await block.read(COMMON.status, 1)).to.equal(3);
      await block.write(COMMON.queueSelect, 7, 2);
      expect(bench.signal("cfg_queue_select").number).to.equal(0);
      bench.drive({ sts_all_idle: 1 });
      await bench.cycles(20);
      expect(await block.read(COMMON.status, 1)).to.equal(0);
    });

    test("a queue error sets NEEDS_RESET, and asks for the interrupt only with DRIVER_OK [STAT-03] [STAT-04]", async (bench) => {
      const block = setUp(bench);
      for (const isRunning of [false, true]) {
        await accept(block, VERSION_1);
        await block.write(COMMON.status, isRunning ? 15 : 11, 1);
        bench.drive({ evt_queue_error: 1 });
        await bench.cycles(1);
        bench.drive({ evt_queue_error: 0 });
        let asked = 0;
        for (let i = 0; i < 5; i++) {
          await bench.cycles();
          if (bench.signal("evt_needs_reset").isHigh) asked++;
        }
        expect(asked).to.equal(isRunning ? 1 : 0);
        expect((await block.read(COMMON.status, 1)) & STATUS.NEEDS_RESET).to.equal(STATUS.NEEDS_RESET);
        await block.write(COMMON.status, 0, 1);
        expect(await block.read(COMMON.status, 1)).to.equal(0);
      }
    });

    test("property: status and features follow the rule for any writes", async (bench) => {
      const block = setUp(bench);
      const step = fc.oneof(
        fc.record({ kind: fc.constant("status" as const), value: fc.constantFrom(0, 1, 2, 3, 4, 8, 11, 12, 15, 128, 255) }),
        fc.record({
          kind: fc.constant("features" as const),
          value: fc.constantFrom(VERSION_1, 0n, VERSION_1 | EVENT_IDX, MRG_RXBUF, VERSION_1 | 1n, (1n << 63n) | VERSION_1),
        }),
      );
      await bench.property(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await block.write(COMMON.status, 0, 1);
        let status = 0;
        let features = 0n;
        for (const { kind, value } of steps) {
          if (kind === "features") {
            await accept(block, value);
            if ((status & (STATUS.FEATURES_OK | STATUS.DRIVER_OK)) === 0) features = value;
          } else {
            await block.write(COMMON.status, value, 1);
            if (value === 0) {
              status = 0;
              features = 0n;
            } else {
              const before = status;
              status |= value & (STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FAILED);
              const isSubset = (features & ~offered) === 0n;
              if ((value & STATUS.FEATURES_OK) !== 0 && isSubset && (before & STATUS.DRIVER_OK) === 0) status |= STATUS.FEATURES_OK;
              if ((value & STATUS.DRIVER_OK) !== 0 && ((status & STATUS.FEATURES_OK) !== 0 || (features & VERSION_1) === 0n)) {
                status |= STATUS.DRIVER_OK;
              }
            }
          }
          expect(await block.read(COMMON.status, 1)).to.equal(status);
        }
        await bench.cycles(3);
        const isFixed = (status & 12) !== 0;
        expect(outputs(bench)).to.include({
          features_fixed: isFixed ? 1 : 0,
          event_idx: isFixed && (features & EVENT_IDX) !== 0n ? 1 : 0,
          hdr_len: !isFixed ? 0 : (features & (VERSION_1 | MRG_RXBUF)) !== 0n ? 12 : 10,
        });
      });
    });
  },
);
