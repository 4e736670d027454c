import { expect } from "chai";
import fc from "fast-check";
import { type Disarm, type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { AXI_CHANNEL, describeModule, type ModuleBench } from "../support/module-test.ts";

interface Access {
  readonly write: boolean;
  readonly addr: number;
  readonly data: number;
  readonly strobe: number;
}

/** The register space behind `m_axil`: every access after some cycles, one at a time. */
interface Registers {
  readonly accesses: Access[];
  readonly words: Map<number, number>;
  stop(): void;
}

const CAP_WORDS = 22;
const PCI_CFG = { bar: 18, offset: 19, length: 20, data: 21 } as const;

function registers(bench: ModuleBench, latency: readonly [min: number, max: number], pause: Pause): Registers {
  const aw = bench.sink("m_axil_aw", ["addr", "prot"], { ...AXI_CHANNEL, pause });
  const w = bench.sink("m_axil_w", ["data", "strb"], { ...AXI_CHANNEL, pause, randomName: "w" });
  const ar = bench.sink("m_axil_ar", ["addr", "prot"], { ...AXI_CHANNEL, pause, randomName: "ar" });
  const b = bench.source("m_axil_b", ["resp"], AXI_CHANNEL);
  const r = bench.source("m_axil_r", ["data", "resp"], AXI_CHANNEL);
  const random = bench.random.fork("registers");
  const accesses: Access[] = [];
  const words = new Map<number, number>();
  let due = 0;
  let answer: (() => void) | undefined;
  const disarm: Disarm = eachCycle(bench.simulator, () => {
    if (answer === undefined) {
      const hasWrite = aw.pending > 0 && w.pending > 0;
      if (!hasWrite && ar.pending === 0) return;
      expect(hasWrite && ar.pending > 0, "a read and a write at the same time").to.equal(false);
      due = bench.cycle + random.between(latency[0], latency[1]);
      answer = hasWrite ? answerWrite : answerRead;
    }
    if (bench.cycle < due) return;
    answer();
    answer = undefined;
  });
  const answerWrite = (): void => {
    const addr = Number(aw.recvNow()?.beat.addr);
    const beat = w.recvNow()?.beat;
    const data = Number(beat?.data);
    const strobe = Number(beat?.strb);
    let mask = 0;
    for (let lane = 0; lane < 4; lane++) if ((strobe >> lane) % 2 === 1) mask |= 0xff << (8 * lane);
    words.set(addr, (((words.get(addr) ?? 0) & ~mask) | (data & mask)) >>> 0);
    accesses.push({ write: true, addr, data, strobe });
    b.sendNow({ resp: 0n });
  };
  const answerRead = (): void => {
    const addr = Number(ar.recvNow()?.beat.addr);
    const data = words.get(addr) ?? 0;
    accesses.push({ write: false, addr, data, strobe: 0 });
    r.sendNow({ data: BigInt(data), resp: 0n });
  };
  return {
    accesses,
    words,
    stop: () => {
      disarm();
      for (const stream of [aw, w, ar, b, r]) stream.stop();
    },
  };
}

describeModule(
  "vnet_pci_caps",
  {
    params: [
      { CAP_BASE: 144, CAP_NEXT: 0, BAR: 0, BAR_OFFSET: 0 },
      { CAP_BASE: 64, CAP_NEXT: 0xb0, BAR: 2, BAR_OFFSET: 0x8000 },
    ],
    fullParams: [{ CAP_BASE: 168, CAP_NEXT: 0, BAR: 5, BAR_OFFSET: 0 }],
  },
  ({ params, test }) => {
    const first = params.CAP_BASE / 4;

    const pulse = async (bench: ModuleBench, pins: Readonly<Record<string, number>>): Promise<void> => {
      bench.drive(pins);
      await bench.cycles(1);
      bench.drive({ cfg_ext_read_received: 0, cfg_ext_write_received: 0 });
    };
    const write = (bench: ModuleBench, word: number, data: number, strobe = 15): Promise<void> =>
      pulse(bench, {
        cfg_ext_write_received: 1,
        cfg_ext_register_number: word,
        cfg_ext_write_data: data >>> 0,
        cfg_ext_write_byte_enable: strobe,
      });
    /** The word, or undefined if nobody answers. */
    const tryRead = async (bench: ModuleBench, word: number, limit: number): Promise<number | undefined> => {
      await pulse(bench, { cfg_ext_read_received: 1, cfg_ext_register_number: word });
      for (let i = 0; i < limit; i++) {
        if (bench.signal("cfg_ext_read_data_valid").isHigh) return bench.signal("cfg_ext_read_data").number;
        await bench.cycles(1);
      }
      return undefined;
    };
    const read = async (bench: ModuleBench, word: number): Promise<number> => {
      const value = await tryRead(bench, word, 300);
      if (value === undefined) throw new Error(`read of configuration word ${word} is not answered`);
      return value;
    };
    const cap = (word: number): number => first + word;
    const point = async (bench: ModuleBench, offset: number, length: number, bar = params.BAR): Promise<void> => {
      await write(bench, cap(PCI_CFG.bar), bar);
      await write(bench, cap(PCI_CFG.offset), params.BAR_OFFSET + offset);
      await write(bench, cap(PCI_CFG.length), length);
    };
    const settle = (bench: ModuleBench): PromiseLike<void> => bench.cycles(60);

    test("smoke: a driver that walks the list finds the five structures [PCI-13] [PCI-19] [PCI-20] [PCI-37] [PCI-38] [PCI-39] [PCI-40] [PCI-41] [PCI-42] [PCI-48] [PCI-53] [PCI-54] [PCI-62]", async (bench) => {
      const seen: { type: number; length: number; bar: number; offset: number; size: number; extra: number }[] = [];
      let at = params.CAP_BASE;
      for (let i = 0; i < 5; i++) {
        const head = await read(bench, at / 4);
        expect(head & 0xff, `capability ID at ${at}`).to.equal(9);
        const length = (head >> 16) & 0xff;
        seen.push({
          type: head >>> 24,
          length,
          bar: await read(bench, at / 4 + 1),
          offset: await read(bench, at / 4 + 2),
          size: await read(bench, at / 4 + 3),
          extra: length > 16 ? await read(bench, at / 4 + 4) : 0,
        });
        at = (head >> 8) & 0xff;
      }
      const [base, bar] = [params.BAR_OFFSET, params.BAR];
      expect(at, "the pointer of the last one").to.equal(params.CAP_NEXT);
      expect(seen).to.deep.equal([
        { type: 1, length: 16, bar, offset: base, size: 64, extra: 0 },
        { type: 2, length: 20, bar, offset: base + 0x1000, size: 0x1000, extra: 4 },
        { type: 3, length: 16, bar, offset: base + 0x100, size: 4, extra: 0 },
        { type: 4, length: 16, bar, offset: base + 0x200, size: 12, extra: 0 },
        { type: 5, length: 20, bar: 0, offset: 0, size: 0, extra: 0 },
      ]);
    });

    test("requests for other registers are not answered and change nothing", async (bench) => {
      const isOther = (word: number): boolean => word < first || word >= first + CAP_WORDS;
      for (const word of [0, first - 1, first + CAP_WORDS, 63, 64 + first, 1023].filter(isOther)) {
        await write(bench, word, 0xffffffff);
        expect(await tryRead(bench, word, 12), `word ${word}`).to.equal(undefined);
      }
      expect(await read(bench, cap(PCI_CFG.offset))).to.equal(0);
    });

    test("only the fields of PCI_CFG can be written, byte by byte", async (bench) => {
      const before: number[] = [];
      for (let word = 0; word < PCI_CFG.bar; word++) before.push(await read(bench, cap(word)));
      for (let word = 0; word < PCI_CFG.bar; word++) await write(bench, cap(word), 0xffffffff);
      for (const [word, value] of before.entries()) expect(await read(bench, cap(word))).to.equal(value);

      await write(bench, cap(PCI_CFG.bar), 0xffffffff);
      expect(await read(bench, cap(PCI_CFG.bar))).to.equal(0xff);
      for (const word of [PCI_CFG.offset, PCI_CFG.length, PCI_CFG.data]) {
        await write(bench, cap(word), 0x44332211);
        await write(bench, cap(word), 0xddccbbaa, 0b0101);
        expect(await read(bench, cap(word))).to.equal(0x44cc22aa);
        await write(bench, cap(word), 0, 0);
        expect(await read(bench, cap(word))).to.equal(0x44cc22aa);
      }
    });

    for (const length of [1, 2, 4]) {
      test(`pci_cfg_data of ${length} byte(s): every lane, both directions [PCI-63] [PCI-64]`, async (bench) => {
        const space = registers(bench, [0, 3], PAUSES.never);
        for (let lane = 0; lane < 4; lane += length) {
          space.words.set(0x40, 0x88776655);
          await point(bench, 0x40 + lane, length);
          await write(bench, cap(PCI_CFG.data), 0xa4a3a2a1);
          await settle(bench);
          const strobe = ((1 << length) - 1) << lane;
          expect(space.accesses.at(-1)).to.include({ write: true, addr: 0x40, strobe });
          let expected = 0x88776655;
          for (let i = 0; i < length; i++) {
            const shift = 8 * (lane + i);
            expected = ((expected & ~(0xff << shift)) | ((0xa1 + i) << shift)) >>> 0;
          }
          expect(space.words.get(0x40)).to.equal(expected);

          // Bytes beyond the length stay as they were written.
          space.words.set(0x40, 0x14131211);
          const keeps = (0xffffffff << (8 * length)) & (length === 4 ? 0 : 0xffffffff);
          const window = (0x14131211 >>> (8 * lane)) & ~keeps;
          expect(await read(bench, cap(PCI_CFG.data))).to.equal(((0xa4a3a2a1 & keeps) | window) >>> 0);
          expect(space.accesses.at(-1)).to.include({ write: false, addr: 0x40 });
        }
        space.stop();
      });
    }

    test("an access that is not allowed touches no register", async (bench) => {
      const space = registers(bench, [0, 0], PAUSES.never);
      const wrong: [offset: number, length: number, bar: number][] = [
        [0x40, 0, params.BAR],
        [0x40, 3, params.BAR],
        [0x40, 8, params.BAR],
        [0x40, 0x80000004, params.BAR],
        [0x41, 2, params.BAR],
        [0x42, 4, params.BAR],
        [0x4000, 4, params.BAR],
        [-4, 4, params.BAR],
        [0x40, 4, params.BAR + 1],
        [0x40, 4, params.BAR + 0x80],
      ];
      for (const [offset, length, bar] of wrong) {
        await point(bench, offset, length, bar);
        await write(bench, cap(PCI_CFG.data), 0x12345678);
        expect(await read(bench, cap(PCI_CFG.data)), `offset ${offset} length ${length} bar ${bar}`).to.equal(0x12345678);
      }
      await point(bench, 0x3ffc, 4);
      await write(bench, cap(PCI_CFG.data), 1, 0);
      await settle(bench);
      expect(space.accesses).to.deep.equal([]);
      await write(bench, cap(PCI_CFG.data), 1);
      await settle(bench);
      expect(space.accesses).to.deep.equal([{ write: true, addr: 0x3ffc, data: 0x1, strobe: 15 }]);
      space.stop();
    });

    test("requests that come while an access is slow wait in order", async (bench) => {
      const space = registers(bench, [80, 80], PAUSES.never);
      await point(bench, 0x14, 1);
      await write(bench, cap(PCI_CFG.data), 0x5a);
      await write(bench, cap(PCI_CFG.offset), params.BAR_OFFSET + 0x18);
      await write(bench, cap(PCI_CFG.length), 2);
      await write(bench, cap(PCI_CFG.data), 0xbeef);
      expect(await read(bench, cap(PCI_CFG.data))).to.equal(0xbeef);
      expect(space.accesses.map(({ write, addr }) => ({ write, addr }))).to.deep.equal([
        { write: true, addr: 0x14 },
        { write: true, addr: 0x18 },
        { write: false, addr: 0x18 },
      ]);
      space.stop();
    });

    /** Writes and reads through the BAR; resolves to the words that were accessed. */
    const useBar = async (bench: ModuleBench, count: number, pause: Pause): Promise<number[]> => {
      const aw = bench.source("s_axil_aw", ["addr", "prot"], { ...AXI_CHANNEL, pause });
      const w = bench.source("s_axil_w", ["data", "strb"], { ...AXI_CHANNEL, pause, randomName: "w" });
      const ar = bench.source("s_axil_ar", ["addr", "prot"], { ...AXI_CHANNEL, pause, randomName: "ar" });
      const b = bench.sink("s_axil_b", ["resp"], { ...AXI_CHANNEL, pause });
      const r = bench.sink("s_axil_r", ["data", "resp"], { ...AXI_CHANNEL, pause });
      const words: number[] = [];
      for (let i = 0; i < count; i++) {
        // The bus is word wide, whatever the low bits say.
        const place = bench.random.below(0x4000);
        words.push(place & ~3, place & ~3);
        const addr = BigInt(place);
        const data = BigInt(bench.random.u32());
        aw.sendNow({ addr, prot: 0n });
        w.sendNow({ data, strb: 15n });
        await withTimeout(b.reached(i + 1), 2000, "the write response");
        ar.sendNow({ addr, prot: 0n });
        await withTimeout(r.reached(i + 1), 2000, "the read data");
        expect(r.takeAll().map(({ beat }) => beat.data)).to.deep.equal([data]);
      }
      // The last beat moves in this cycle: a monitor that begins now would see it again.
      await bench.cycles(1);
      for (const stream of [aw, w, ar, b, r]) stream.stop();
      return words;
    };

    test("accesses of the BAR pass, sweep of pauses and latencies", async (bench) => {
      for (const pause of [PAUSES.never, PAUSES.half, PAUSES.bursty]) {
        const space = registers(bench, [0, 5], pause);
        const words = await useBar(bench, 12, pause);
        expect(space.accesses.map(({ addr }) => addr & ~3)).to.deep.equal(words);
        space.stop();
      }
    });

    test("BAR and PCI_CFG take turns: neither waits for ever", async (bench) => {
      const space = registers(bench, [1, 4], PAUSES.half);
      await point(bench, 0x20, 4);
      const state = { isDone: false };
      const bar = useBar(bench, 30, PAUSES.never).then(() => {
        state.isDone = true;
      });
      let windows = 0;
      while (!state.isDone && windows < 200) {
        const value = bench.random.u32();
        await write(bench, cap(PCI_CFG.data), value);
        expect(await read(bench, cap(PCI_CFG.data))).to.equal(value);
        windows++;
      }
      await bar;
      expect(windows).to.be.within(5, 199);
      space.stop();
    });

    test("reset in the middle of an access through PCI_CFG", async (bench) => {
      await point(bench, 0x20, 4);
      await pulse(bench, { cfg_ext_read_received: 1, cfg_ext_register_number: cap(PCI_CFG.data) });
      await bench.cycles(5);
      expect(bench.signal("m_axil_arvalid").isHigh).to.equal(true);
      await bench.reset(2);
      expect(bench.signal("m_axil_arvalid").isHigh).to.equal(false);
      expect(await read(bench, cap(PCI_CFG.offset))).to.equal(0);
      const space = registers(bench, [0, 2], PAUSES.never);
      await useBar(bench, 2, PAUSES.never);
      space.stop();
    });

    test("property: PCI_CFG reaches the same bytes as a memory would", async (bench) => {
      const step = fc.record({
        isWrite: fc.boolean(),
        length: fc.constantFrom(1, 2, 4),
        slot: fc.nat({ max: 7 }),
        data: fc.nat({ max: 0xffffffff }),
      });
      const space = registers(bench, [0, 4], PAUSES.half);
      await bench.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        async (steps) => {
          const memory = new Uint8Array(8);
          space.words.set(0x80, 0);
          space.words.set(0x84, 0);
          for (const { isWrite, length, slot, data } of steps) {
            const at = slot - (slot % length);
            await point(bench, 0x80 + at, length);
            if (isWrite) {
              await write(bench, cap(PCI_CFG.data), data);
              for (let i = 0; i < length; i++) memory[at + i] = (data >>> (8 * i)) & 0xff;
            } else {
              const value = await read(bench, cap(PCI_CFG.data));
              for (let i = 0; i < length; i++) expect((value >>> (8 * i)) & 0xff).to.equal(memory[at + i]);
            }
          }
          await settle(bench);
        },
        20,
      );
      space.stop();
    });
  },
);
