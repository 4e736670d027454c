import { expect } from "chai";
import fc from "fast-check";
import { type Pause, pauseGenerator, PAUSES, withTimeout } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { AXI_CHANNEL, describeModule, type ModuleBench } from "../support/module-test.ts";
import { PackedSource } from "../support/packed.ts";

interface Request {
  readonly client: number;
  readonly addr: bigint;
  readonly len: number;
}

interface Asked {
  readonly client: number;
  readonly words: number;
  readonly cycle: number;
}

describeModule(
  "vnet_axi_rd",
  {
    params: [
      { DATA_W: 64, N: 7, PRIORITY: 0b1000010 },
      { DATA_W: 512, N: 2, PRIORITY: 0 },
    ],
    fullParams: [
      { DATA_W: 128, N: 3, PRIORITY: 0b111 },
      { DATA_W: 256, N: 16, PRIORITY: 1 },
    ],
  },
  ({ params, test }) => {
    /** Clients without priority. */
    const lax = Array.from({ length: params.N }, (_, i) => i).filter((i) => ((params.PRIORITY >> i) & 1) === 0);

    /** The word that the memory has at an address, so that a client can recognise it. */
    const wordAt = (addr: bigint): bigint => BigInt.asUintN(params.DATA_W, addr * 0x9e3779b97f4a7c15n + (addr << 256n));

    /** Answers AR with R beats; answers of different IDs overtake each other. Returns the order of the requests, and when they came. */
    const memory = (
      bench: ModuleBench,
      options: { readonly pause?: Pause; readonly isError?: (addr: bigint) => boolean },
    ): { readonly order: number[]; readonly asked: readonly Asked[]; stop(): void } => {
      const random = bench.random.fork("memory");
      const ar = bench.sink("m_axi_ar", ["id", "addr", "len", "size", "burst"], {
        ...AXI_CHANNEL,
        pause: options.pause ?? PAUSES.never,
      });
      const isPause = pauseGenerator(options.pause ?? PAUSES.never, random);
      const order: number[] = [];
      const asked: Asked[] = [];
      const pending = new Map<number, { addr: bigint; last: boolean }[]>();
      const stop = eachCycle(bench.simulator, () => {
        for (const { beat } of ar.takeAll()) {
          const id = Number(beat.id);
          order.push(id);
          asked.push({ client: id, words: Number(beat.len) + 1, cycle: bench.cycle });
          expect(Number(beat.size)).to.equal(Math.log2(params.DATA_W / 8));
          expect(Number(beat.burst)).to.equal(1);
          const queue = pending.get(id) ?? [];
          pending.set(id, queue);
          for (let i = 0n; i <= beat.len; i++) queue.push({ addr: beat.addr + i, last: i === beat.len });
        }
        expect(bench.signal("m_axi_rready").isHigh, "rready is constantly 1").to.equal(true);
        const ids = [...pending].filter(([, queue]) => queue.length > 0).map(([id]) => id);
        if (ids.length === 0 || isPause()) {
          bench.drive({ m_axi_rvalid: 0, m_axi_rid: random.below(16), m_axi_rresp: random.below(4) });
          return;
        }
        const id = random.pick(ids);
        const word = pending.get(id)?.shift();
        if (word === undefined) return;
        bench.drive({
          m_axi_rvalid: 1,
          m_axi_rid: id,
          m_axi_rdata: wordAt(word.addr),
          m_axi_rlast: word.last ? 1 : 0,
          m_axi_rresp: options.isError?.(word.addr) === true ? random.between(2, 3) : random.below(2),
        });
      });
      return {
        order,
        asked,
        stop() {
          stop();
          ar.stop();
        },
      };
    };

    const run = async (
      bench: ModuleBench,
      requests: readonly Request[],
      options: { readonly idle?: Pause; readonly pause?: Pause; readonly isError?: (addr: bigint) => boolean } = {},
    ): Promise<{ readonly order: readonly number[]; readonly asked: readonly Asked[] }> => {
      const source = new PackedSource(bench, "s_req", params.N, ["addr", "len"], { pause: options.idle ?? PAUSES.never });
      const expected = new Map<number, { data: bigint; last: boolean; err: boolean }[]>();
      let beats = 0;
      for (const { client, addr, len } of requests) {
        source.send(client, { addr, len: BigInt(len) });
        const list = expected.get(client) ?? [];
        expected.set(client, list);
        for (let i = 0n; i <= BigInt(len); i++) {
          const isErr = options.isError?.(addr + i) ?? false;
          list.push({ data: wordAt(addr + i), last: i === BigInt(len), err: isErr });
        }
        beats += len + 1;
      }
      const slave = memory(bench, options);
      let seen = 0;
      const done = bench.simulator.event();
      const stop = eachCycle(bench.simulator, () => {
        const valid = bench.signal("m_rsp_valid").value;
        expect(valid & (valid - 1n), "at most one client per cycle").to.equal(0n);
        if (valid === 0n) return;
        const client = valid.toString(2).length - 1;
        const want = expected.get(client)?.shift();
        expect(want, `a word for client ${client}`).to.not.equal(undefined);
        expect(bench.signal("m_rsp_last").isHigh, "last").to.equal(want?.last);
        expect(bench.signal("m_rsp_err").isHigh, "err").to.equal(want?.err);
        expect(bench.signal("m_rsp_data").value, "data").to.equal(want?.data);
        seen++;
        if (seen === beats) done.set();
      });
      await withTimeout(done.wait(), 500 + 60 * beats, "the last word");
      await bench.cycles(5);
      stop();
      slave.stop();
      source.stop();
      bench.drive({ s_req_valid: 0, m_axi_rvalid: 0 });
      return slave;
    };

    const random = (bench: ModuleBench, count: number): Request[] =>
      Array.from({ length: count }, () => ({
        client: bench.random.below(params.N),
        addr: bench.random.bits(60),
        len: bench.random.chance(0.5) ? 0 : bench.random.below(16),
      }));

    test("smoke: each client gets its own words", async (bench) => {
      await run(
        bench,
        Array.from({ length: params.N }, (_, client) => ({ client, addr: BigInt(client) << 20n, len: client % 4 })),
      );
    });

    test("bursts of any length", async (bench) => {
      const lengths = Array.from({ length: 8 }, (_, bit) => [1 << bit, 255 ^ (1 << bit)]).flat();
      await run(
        bench,
        lengths.map((len, i) => ({ client: i % params.N, addr: BigInt(i) << 12n, len })),
      );
    });

    test("one request per cycle when the slave takes one per cycle", async (bench) => {
      const requests = Array.from({ length: 60 }, (_, i) => ({ client: i % params.N, addr: BigInt(i), len: 0 }));
      const start = bench.cycle;
      await run(bench, requests);
      expect(bench.cycle - start).to.be.at.most(60 + 15);
    });

    test("fairness: clients of one class take turns", async (bench) => {
      const requests = lax.flatMap((client) =>
        Array.from({ length: 10 }, (_, i) => ({ client, addr: BigInt(i), len: 0 })),
      );
      const { order } = await run(bench, requests);
      for (let at = 2 * lax.length; at < 8 * lax.length; at++) {
        const window = order.slice(at, at + lax.length);
        expect(new Set(window).size, `requests ${at}..: ${window.join(" ")}`).to.be.at.least(lax.length - 1);
      }
    });

    if (params.PRIORITY !== 0) {
      test("a priority client waits for at most a few others", async (bench) => {
        const first = Math.log2(params.PRIORITY & -params.PRIORITY);
        const requests = lax.flatMap((client) =>
          Array.from({ length: 12 }, (_, i) => ({ client, addr: BigInt(i), len: 0 })),
        );
        requests.push(...Array.from({ length: 6 }, (_, i) => ({ client: first, addr: BigInt(i), len: 0 })));
        const { order } = await run(bench, requests);
        expect(order.lastIndexOf(first)).to.be.below(16);
      });
    }

    if (lax.length > 0) {
      test("without priority: at most 256 words more than the data channel had cycles for, and no fewer", async (bench) => {
        const requests = lax.flatMap((client) =>
          Array.from({ length: 48 }, (_, i) => ({ client, addr: BigInt(i) << 8n, len: 15 })),
        );
        const start = bench.cycle;
        const { asked } = await run(bench, requests);
        let words = 0;
        let most = 0;
        for (const { words: more, cycle } of asked) {
          words += more;
          most = Math.max(most, words - (cycle - start));
        }
        expect(most).to.be.within(256 - 16, 256 + 16);
        const last = asked.at(-1);
        expect(last?.cycle, "as fast as the data channel").to.be.below(start + words + 20);
      });

      if (params.PRIORITY !== 0) {
        test("priority clients are not held by words of others", async (bench) => {
          const first = Math.log2(params.PRIORITY & -params.PRIORITY);
          const requests = lax.flatMap((client) =>
            Array.from({ length: 48 }, (_, i) => ({ client, addr: BigInt(i) << 8n, len: 15 })),
          );
          requests.push(...Array.from({ length: 100 }, (_, i) => ({ client: first, addr: BigInt(i), len: 0 })));
          const { asked } = await run(bench, requests);
          const mine = asked.filter(({ client }) => client === first).map(({ cycle }) => cycle);
          // One at a time beside the others while those may ask, then one per cycle.
          expect((mine.at(-1) ?? Infinity) - (mine[0] ?? 0)).to.be.below(100 + 40);
        });
      }
    }

    test("error responses reach the client with their word", async (bench) => {
      await run(bench, random(bench, 20), { isError: (addr) => addr % 5n === 0n });
    });

    test("sweep: idle x pauses of the slave", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half, PAUSES.bursty]) {
        for (const pause of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
          await run(bench, random(bench, 15), { idle, pause });
        }
      }
    });

    test("reset in the middle", async (bench) => {
      bench.drive({ s_req_valid: 2 ** params.N - 1 });
      await bench.cycles(5);
      bench.drive({ s_req_valid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_axi_arvalid").isHigh).to.equal(false);
      await run(bench, random(bench, 8));
    });

    test("property: complete, to the right client, in order", async (bench) => {
      const request = fc.record({
        client: fc.nat({ max: params.N - 1 }),
        addr: fc.bigInt(0n, 2n ** 60n),
        len: fc.nat({ max: 20 }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(request, { minLength: 1, maxLength: 10 }), pause, pause),
        async ([requests, idle, slave]) => {
          await run(bench, requests, { idle, pause: slave });
        },
        15,
      );
    });
  },
);
