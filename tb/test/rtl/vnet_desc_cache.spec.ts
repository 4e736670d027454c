import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const MOD = 65536;

interface Lookup {
  readonly queue: number;
  readonly line: bigint;
  readonly pos: number;
  readonly stamp: number;
}

/** Tags and stamps as the module head describes them. */
class CacheModel {
  readonly #lines = new Map<number, { readonly queue: number; readonly line: bigint; readonly stamp: number }>();
  readonly #indexBits: number;
  readonly #queueBits: number;

  constructor(lines: number, queueBits: number) {
    this.#indexBits = Math.log2(lines);
    this.#queueBits = queueBits;
  }

  index({ queue, line }: Lookup): number {
    return (Number(line & ((1n << BigInt(this.#indexBits)) - 1n)) ^ (queue << (this.#indexBits - this.#queueBits))) >>> 0;
  }

  isHit(lookup: Lookup): boolean {
    const kept = this.#lines.get(this.index(lookup));
    if (kept?.queue !== lookup.queue || kept.line !== lookup.line) return false;
    return (kept.stamp - lookup.pos - 1 + 2 * MOD) % MOD < MOD / 2;
  }

  insert(lookup: Lookup): void {
    this.#lines.set(this.index(lookup), lookup);
  }

  flush(): void {
    this.#lines.clear();
  }
}

describeModule(
  "vnet_desc_cache",
  {
    params: [
      { LINE_ADDR_W: 60, LINE_DATA_W: 129, Q_W: 2, LINES: 4 },
      { LINE_ADDR_W: 58, LINE_DATA_W: 513, Q_W: 1, LINES: 16 },
    ],
    fullParams: [{ LINE_ADDR_W: 58, LINE_DATA_W: 257, Q_W: 2, LINES: 64 }],
  },
  ({ params, test }) => {
    const { LINES, Q_W } = params;
    const lastLine = (1n << BigInt(params.LINE_ADDR_W)) - 1n;

    const show = (bench: ModuleBench, lookup: Lookup): void => {
      bench.drive({
        lookup_queue: lookup.queue,
        lookup_line: lookup.line,
        lookup_pos: lookup.pos,
        lookup_stamp: lookup.stamp,
      });
    };

    /** Looks up; a miss takes the line in, as vnet_desc_issue does it. Returns whether it hit. */
    const look = async (bench: ModuleBench, lookup: Lookup, options: { readonly isTaken: boolean }): Promise<boolean> => {
      show(bench, lookup);
      bench.drive({ lookup_en: 1 });
      await bench.cycles();
      bench.drive({ lookup_en: 0 });
      // What is shown later does not matter.
      show(bench, { ...lookup, line: lookup.line ^ 1n, stamp: bench.random.below(MOD) });
      await bench.cycles();
      const isHit = bench.signal("answer_hit").isHigh;
      if (!isHit && options.isTaken) {
        bench.drive({ answer_take: 1 });
        await bench.cycles();
        bench.drive({ answer_take: 0 });
      }
      return isHit;
    };

    const insert = async (bench: ModuleBench, lookup: Lookup): Promise<void> => {
      show(bench, lookup);
      bench.drive({ lookup_en: 1 });
      await bench.cycles();
      bench.drive({ lookup_en: 0, answer_take: 1 });
      await bench.cycles();
      bench.drive({ answer_take: 0 });
    };

    test("smoke: empty after reset, then a hit on what was taken in", async (bench) => {
      const lookup = { queue: 1, line: 0x1234n, pos: 7, stamp: 8 };
      expect(await look(bench, lookup, { isTaken: true })).to.equal(false);
      expect(await look(bench, lookup, { isTaken: false })).to.equal(true);
    });

    test("stamps: only a chain that was known at the request", async (bench) => {
      const powers = Array.from({ length: 16 }, (_, bit) => 1 << bit);
      for (const pos of [0, 5, 16383, 32767, 65535, ...powers]) {
        for (const [distance, isHit] of [
          [0, false],
          [1, true],
          [2, true],
          [32768, true],
          [32769, false],
          [65535, false],
        ] as const) {
          const lookup = { queue: 0, line: lastLine, pos, stamp: (pos + distance) % MOD };
          await insert(bench, lookup);
          expect(await look(bench, lookup, { isTaken: false }), `pos ${pos} stamp +${distance}`).to.equal(isHit);
        }
      }
    });

    test("another queue or another line at the same place misses", async (bench) => {
      const lookup = { queue: 0, line: 5n, pos: 0, stamp: 1 };
      await insert(bench, lookup);
      for (let bit = 0; bit < params.LINE_ADDR_W; bit++) {
        const line = lookup.line ^ (1n << BigInt(bit));
        expect(await look(bench, { ...lookup, line }, { isTaken: false }), `bit ${bit}`).to.equal(false);
      }
      const queueLine = lookup.line ^ BigInt(LINES >> Q_W);
      expect(await look(bench, { ...lookup, queue: 1, line: queueLine }, { isTaken: false })).to.equal(false);
      expect(await look(bench, lookup, { isTaken: false })).to.equal(true);
    });

    test("the same place of different queues has different lines", async (bench) => {
      for (let queue = 0; queue < 1 << Q_W; queue++) await insert(bench, { queue, line: 64n, pos: 0, stamp: 1 });
      for (let queue = 0; queue < 1 << Q_W; queue++) {
        expect(await look(bench, { queue, line: 64n, pos: 0, stamp: 1 }, { isTaken: false })).to.equal(true);
      }
    });

    for (const [title, drop] of [
      [
        "flush",
        async (bench: ModuleBench): Promise<void> => {
          bench.drive({ flush: 1 });
          await bench.cycles();
          bench.drive({ flush: 0 });
        },
      ],
      ["reset", (bench: ModuleBench): Promise<void> => bench.reset(1)],
    ] as const) {
      test(`${title} drops all lines`, async (bench) => {
        const all = Array.from({ length: LINES }, (_, i) => ({ queue: 0, line: BigInt(i), pos: 0, stamp: 1 }));
        for (const lookup of all) await insert(bench, lookup);
        await drop(bench);
        for (const lookup of all) expect(await look(bench, lookup, { isTaken: false })).to.equal(false);
      });
    }

    test("a lookup at the place that is being taken in waits; at any other place it does not", async (bench) => {
      const lookup = { queue: 1, line: 9n, pos: 0, stamp: 1 };
      const model = new CacheModel(LINES, Q_W);
      show(bench, lookup);
      bench.drive({ lookup_en: 1 });
      await bench.cycles();
      for (let line = 0n; line < BigInt(2 * LINES); line++) {
        for (let queue = 0; queue < 1 << Q_W; queue++) {
          const other = { ...lookup, queue, line };
          show(bench, other);
          for (const take of [1, 0]) {
            bench.drive({ lookup_en: 0, answer_take: take });
            await bench.cycles();
            const isSame = model.index(other) === model.index(lookup);
            expect(bench.signal("lookup_wait").isHigh, `line ${line} queue ${queue}`).to.equal(take === 1 && isSame);
          }
        }
      }
    });

    test("data: every line keeps its own, read while another is written", async (bench) => {
      const data = Array.from({ length: LINES }, () => bench.random.bits(params.LINE_DATA_W));
      for (const [i, value] of data.entries()) {
        bench.drive({ dw_en: 1, dw_index: i, dw_data: value, dr_index: Math.max(0, i - 1) });
        await bench.cycles();
        if (i > 0) expect(bench.signal("dr_data").value).to.equal(data[i - 1]);
      }
      bench.drive({ dw_en: 0, dw_data: bench.random.bits(params.LINE_DATA_W) });
      for (const [i, value] of data.entries()) {
        bench.drive({ dr_index: i });
        await bench.cycles();
        expect(bench.signal("dr_data").value).to.equal(value);
      }
    });

    test("property: hits as a table of tags and stamps", async (bench) => {
      const step = fc.record({
        queue: fc.nat({ max: (1 << Q_W) - 1 }),
        line: fc.oneof(fc.bigInt(0n, BigInt(2 * LINES)), fc.bigInt(lastLine - 3n, lastLine)),
        pos: fc.nat({ max: MOD - 1 }),
        ahead: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat({ max: MOD - 1 })),
        isFlush: fc.nat({ max: 30 }).map((n) => n === 0),
      });
      await bench.property(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
        await bench.reset(1);
        const model = new CacheModel(LINES, Q_W);
        for (const { queue, line, pos, ahead, isFlush } of steps) {
          const lookup = { queue, line, pos, stamp: (pos + ahead) % MOD };
          const expected = model.isHit(lookup);
          expect(await look(bench, lookup, { isTaken: true })).to.equal(expected);
          expect(bench.signal("answer_index").number).to.equal(model.index(lookup));
          if (!expected) model.insert(lookup);
          if (!isFlush) continue;
          bench.drive({ flush: 1 });
          await bench.cycles();
          bench.drive({ flush: 0 });
          model.flush();
        }
      });
    });
  },
);
