/**
 * Tests that both RAM shapes share: random reads and writes against an array.
 *
 * @module
 */
import { expect } from "chai";
import { describeModule } from "./module-test.ts";

interface RamParams {
  readonly [name: string]: number;
  readonly W: number;
  readonly DEPTH: number;
}

/** What is particular to one RAM. */
export interface RamTraits {
  readonly params: readonly RamParams[];
  readonly fullParams: readonly RamParams[];
  /**
   * The read data come one cycle after the address, and only with `rd_en`; else in the same cycle. A registered read of
   * the address that is being written gives an undefined word.
   */
  readonly isRegistered: boolean;
}

/** The suite of a RAM with one write port and one read port. */
export function describeRam(module: string, traits: RamTraits): void {
  describeModule(module, traits, ({ params, test }) => {
    for (const mode of ["any addresses", "mostly the address that is written"] as const) {
      test(`equals an array: ${mode}`, async (bench) => {
        const model = new Map<number, bigint>();
        const readData = bench.signal("rd_data");
        // What the design sees at the coming edge.
        let now = { write: false, writeAddr: 0, writeData: 0n, read: false, readAddr: 0 };
        let expected: bigint | undefined;
        for (let i = 0; i < 400; i++) {
          const writeAddr = bench.random.below(params.DEPTH);
          const next = {
            write: bench.random.chance(0.6),
            writeAddr,
            writeData: bench.random.bits(params.W),
            read: bench.random.chance(0.7),
            readAddr:
              mode === "any addresses" || bench.random.chance(0.2) ? bench.random.below(params.DEPTH) : writeAddr,
          };
          bench.drive({
            wr_en: next.write ? 1 : 0,
            wr_addr: next.writeAddr,
            wr_data: next.writeData,
            rd_addr: next.readAddr,
            ...(traits.isRegistered ? { rd_en: next.read ? 1 : 0 } : {}),
          });
          await bench.cycles();
          // That edge served `now`.
          if (traits.isRegistered && now.read) {
            const collides = now.write && now.writeAddr === now.readAddr;
            expected = collides ? undefined : model.get(now.readAddr);
          }
          if (now.write) model.set(now.writeAddr, now.writeData);
          now = next;
          if (!traits.isRegistered) expected = model.get(now.readAddr);
          if (expected !== undefined) expect(readData.value, `cycle ${bench.cycle}`).to.equal(expected);
        }
      });
    }

    if (traits.isRegistered) {
      // So that nobody can rely on what the block RAM of some family does.
      test("a word that is read in the cycle of its write is neither the old nor the new one", async (bench) => {
        const words = Array.from({ length: 100 }, () => bench.random.bits(params.W));
        const found: bigint[] = [];
        bench.drive({ wr_en: 1, wr_addr: 0, rd_en: 1, rd_addr: 0 });
        for (const word of words) {
          bench.drive({ wr_data: word });
          await bench.cycles();
          found.push(bench.signal("rd_data").value);
        }
        for (const age of [0, 1, 2, 3]) {
          const same = found.filter((word, i) => i >= age && word === words[i - age]).length;
          expect(same, `words as they were written ${age} cycles before`).to.be.below(words.length - age);
        }
      });
    }

    test("every word can be written and keeps its value", async (bench) => {
      const values = Array.from({ length: params.DEPTH }, () => bench.random.bits(params.W));
      for (const [addr, value] of values.entries()) {
        bench.drive({ wr_en: 1, wr_addr: addr, wr_data: value });
        await bench.cycles();
      }
      bench.drive({ wr_en: 0 });
      if (traits.isRegistered) bench.drive({ rd_en: 1 });
      for (const [addr, value] of values.entries()) {
        bench.drive({ rd_addr: addr });
        await bench.cycles(traits.isRegistered ? 2 : 1);
        expect(bench.signal("rd_data").value).to.equal(value);
      }
    });
  });
}
