import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const FIELDS = ["desc_addr", "avail_addr", "used_addr", "size_log2"] as const;
type Context = Readonly<Record<(typeof FIELDS)[number], bigint>>;

describeModule(
  "vnet_queue_ctx",
  { params: [{ NQ: 1, Q_W: 1 }, { NQ: 4, Q_W: 2 }], fullParams: [{ NQ: 3, Q_W: 2 }, { NQ: 8, Q_W: 3 }] },
  ({ params, test }) => {
    const { NQ } = params;

    const write = (bench: ModuleBench, queue: number, context: Context): void => {
      bench.drive({ wr: 1, wr_queue: queue });
      for (const name of FIELDS) bench.drive({ [`wr_${name}`]: context[name] });
    };

    /** Any payload while nothing is written. */
    const noise = (bench: ModuleBench): void => {
      write(bench, bench.random.below(NQ), random(bench));
      bench.drive({ wr: 0 });
    };

    const random = (bench: ModuleBench): Context => ({
      desc_addr: bench.random.bits(64),
      avail_addr: bench.random.bits(64),
      used_addr: bench.random.bits(64),
      size_log2: bench.random.bits(4),
    });

    const read = (bench: ModuleBench): Context => {
      const [desc_addr = 0n, avail_addr = 0n, used_addr = 0n, size_log2 = 0n] = FIELDS.map(
        (name) => bench.signal(`rd_${name}`).value,
      );
      return { desc_addr, avail_addr, used_addr, size_log2 };
    };

    test("every queue keeps all of its fields", async (bench) => {
      const contexts = Array.from({ length: NQ }, () => random(bench));
      for (const [queue, context] of contexts.entries()) {
        write(bench, queue, context);
        await bench.cycles();
      }
      noise(bench);
      await bench.cycles();
      for (const [queue, context] of contexts.entries()) {
        bench.drive({ rd_queue: queue });
        await bench.cycles();
        expect(read(bench)).to.deep.equal(context);
      }
    });

    test("read and write of the same queue: the read shows the old one until the edge", async (bench) => {
      const [before, after] = [random(bench), random(bench)];
      write(bench, 0, before);
      await bench.cycles();
      write(bench, 0, after);
      bench.drive({ rd_queue: 0 });
      await bench.cycles();
      expect(read(bench)).to.deep.equal(before);
      noise(bench);
      await bench.cycles();
      expect(read(bench)).to.deep.equal(after);
    });

    test("property: equals a table of the queues", async (bench) => {
      const table = new Map<number, Context>();
      const queue = fc.nat({ max: NQ - 1 });
      const word = fc.bigInt(0n, (1n << 64n) - 1n);
      const context = fc.record({
        desc_addr: word,
        avail_addr: word,
        used_addr: word,
        size_log2: fc.bigInt(0n, 15n),
      });
      const step = fc.record({ write: fc.option(fc.tuple(queue, context)), read: queue });
      await bench.property(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        for (const one of steps) {
          if (one.write === null) noise(bench);
          else write(bench, ...one.write);
          bench.drive({ rd_queue: one.read });
          await bench.cycles();
          const expected = table.get(one.read);
          if (expected !== undefined) expect(read(bench)).to.deep.equal(expected);
          if (one.write !== null) table.set(...one.write);
        }
        noise(bench);
        await bench.cycles();
      });
    });
  },
);
