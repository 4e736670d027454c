import { expect } from "chai";
import fc from "fast-check";
import { describeModule } from "../support/module-test.ts";

const FIELDS = ["desc_addr", "avail_addr", "used_addr", "size_log2"] as const;

describeModule(
  "vnet_queue_ctx",
  { params: [{ NQ: 1, Q_W: 1 }, { NQ: 4, Q_W: 2 }], fullParams: [{ NQ: 8, Q_W: 3 }] },
  ({ params, test }) => {
    test("property: equals a table", async (bench) => {
      const table = new Map<number, Record<string, bigint>>();
      const entry = fc.record({
        write: fc.boolean(),
        queue: fc.nat({ max: params.NQ - 1 }),
        read: fc.nat({ max: params.NQ - 1 }),
      });
      await bench.property(fc.array(entry, { minLength: 1, maxLength: 20 }), async (steps) => {
        for (const { write, queue, read } of steps) {
          const values = Object.fromEntries(FIELDS.map((name) => [name, bench.random.bits(name === "size_log2" ? 4 : 64)]));
          bench.drive({
            wr: write ? 1 : 0,
            wr_queue: queue,
            rd_queue: read,
            ...Object.fromEntries(FIELDS.map((name) => [`wr_${name}`, values[name] ?? 0n])),
          });
          await bench.cycles(2);
          bench.drive({ wr: 0 });
          if (write) table.set(queue, values);
          const expected = table.get(read);
          if (expected === undefined) continue;
          for (const name of FIELDS) expect(bench.signal(`rd_${name}`).value, name).to.equal(expected[name]);
        }
        await bench.cycles(1);
      });
    });
  },
);
