import { expect } from "chai";
import fc from "fast-check";
import { describeModule } from "../support/module-test.ts";
import { registerBlock } from "../support/register-block.ts";

const RX_WAIT_OFFSET = 0x2020;

describeModule(
  "vnet_vendor_cfg",
  {
    params: [
      {
        DATA_W: 512,
        QUEUE_PAIRS: 4,
        QUEUE_SIZE_MAX: 1024,
        CHAIN_MAX: 300,
        FRAME_MAX: 65535,
        RD_OUTSTANDING: 128,
        CHAIN_SLOTS: 256,
        STRICT_LAYOUT: 1,
        ANY_HEADER_SG: 0,
        RX_WAIT: 1000,
      },
    ],
    fullParams: [
      {
        DATA_W: 64,
        QUEUE_PAIRS: 1,
        QUEUE_SIZE_MAX: 32768,
        CHAIN_MAX: 65535,
        FRAME_MAX: 9216,
        RD_OUTSTANDING: 2,
        CHAIN_SLOTS: 2,
        STRICT_LAYOUT: 0,
        ANY_HEADER_SG: 1,
        RX_WAIT: 0,
      },
    ],
  },
  ({ params, test }) => {
    const constants = new Map([
      [0x2000, 0x54454e56],
      [0x2004, 0x00010000],
      [0x2008, (params.ANY_HEADER_SG << 25) | (params.STRICT_LAYOUT << 24) | (params.QUEUE_PAIRS << 16) | params.DATA_W],
      [0x200c, ((params.CHAIN_MAX << 16) | params.QUEUE_SIZE_MAX) >>> 0],
      [0x2010, params.FRAME_MAX],
      [0x2014, ((params.CHAIN_SLOTS << 16) | params.RD_OUTSTANDING) >>> 0],
      [RX_WAIT_OFFSET, params.RX_WAIT],
    ]);

    test("identity and build parameters read as documented", async (bench) => {
      const block = registerBlock(bench);
      for (const [offset, value] of constants) {
        expect(await block.read(offset), `0x${offset.toString(16)}`).to.equal(value);
      }
    });

    test("all other offsets read 0", async (bench) => {
      const block = registerBlock(bench);
      for (const offset of [0, 0x14, 0x1fc, 0x201c, 0x2028, 0x207c, 0x3000, 0xfffc]) {
        expect(await block.read(offset), `0x${offset.toString(16)}`).to.equal(0);
      }
    });

    test("HDR_LEN and LAST_ERROR follow their inputs", async (bench) => {
      const block = registerBlock(bench);
      bench.drive({ cfg_hdr_len: 12, sts_last_error: 0xa51c });
      expect(await block.read(0x2018)).to.equal(12);
      expect(await block.read(0x2024)).to.equal(0xa51c);
    });

    test("writes reach RX_WAIT alone, and only the strobed bytes", async (bench) => {
      const block = registerBlock(bench);
      await block.write(RX_WAIT_OFFSET, 0x11223344);
      await block.write(RX_WAIT_OFFSET + 1, 0xaa, 1);
      await block.write(RX_WAIT_OFFSET + 2, 0xbbcc, 2);
      expect(await block.read(RX_WAIT_OFFSET)).to.equal(0xbbccaa44);
      expect(bench.signal("cfg_rx_wait").number).to.equal(0xbbccaa44);
      for (const offset of constants.keys()) if (offset !== RX_WAIT_OFFSET) await block.write(offset, 0xffffffff);
      for (const [offset, value] of constants) {
        expect(await block.read(offset)).to.equal(offset === RX_WAIT_OFFSET ? 0xbbccaa44 : value);
      }
    });

    test("RX_WAIT keeps every bit", async (bench) => {
      const block = registerBlock(bench);
      for (let bit = 0; bit < 32; bit++) {
        for (const value of [(1 << bit) >>> 0, ~(1 << bit) >>> 0]) {
          await block.write(RX_WAIT_OFFSET, value);
          expect(await block.read(RX_WAIT_OFFSET)).to.equal(value);
        }
      }
    });

    test("a hardware reset restores RX_WAIT", async (bench) => {
      const block = registerBlock(bench);
      await block.write(RX_WAIT_OFFSET, 5);
      await bench.reset(1);
      expect(await block.read(RX_WAIT_OFFSET)).to.equal(params.RX_WAIT);
    });

    test("property: any write leaves everything else as it was", async (bench) => {
      const block = registerBlock(bench);
      let wait = params.RX_WAIT;
      await bench.property(fc.tuple(fc.nat({ max: 0x3fff }), fc.nat({ max: 0xffffffff })), async ([at, value]) => {
        const offset = at & ~3;
        await block.write(offset, value);
        if (offset === RX_WAIT_OFFSET) wait = value;
        expect(await block.read(RX_WAIT_OFFSET)).to.equal(wait);
        expect(await block.read(0x2000)).to.equal(0x54454e56);
      });
    });
  },
);
