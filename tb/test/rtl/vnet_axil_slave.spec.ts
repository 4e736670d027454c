import { expect } from "chai";
import fc from "fast-check";
import { type Pause, pauseGenerator, PAUSES, withTimeout } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { AXI_CHANNEL, describeModule, type ModuleBench } from "../support/module-test.ts";

interface Access {
  readonly write: boolean;
  readonly addr: number;
  readonly data: number;
  readonly strobe: number;
}

describeModule("vnet_axil_slave", { params: [{ ADDR_W: 16 }], fullParams: [{ ADDR_W: 8 }] }, ({ params, test }) => {
  interface Served extends Access {
    readonly readData: number;
  }

  /** Answers the register bus after some cycles, and remembers what was asked. */
  const serve = (bench: ModuleBench, latency: readonly [min: number, max: number]): { served: Served[]; stop: () => void } => {
    const served: Served[] = [];
    const random = bench.random.fork("register bus");
    let wait = -1;
    let current: Access | undefined;
    const stop = eachCycle(bench.simulator, () => {
      bench.drive({ m_reg_done: 0, m_reg_rdata: random.bits(32) });
      const isEnabled = bench.signal("m_reg_en").isHigh;
      if (isEnabled) {
        expect(current, "a second access before the answer").to.equal(undefined);
        current = sample(bench);
        wait = random.between(latency[0], latency[1]);
      } else if (current !== undefined) {
        expect(sample(bench), "the access is stable until the answer").to.deep.equal(current);
      }
      if (current === undefined) return;
      wait--;
      if (wait >= 0) return;
      const readData = random.u32();
      served.push({ ...current, readData });
      bench.drive({ m_reg_done: 1, m_reg_rdata: readData });
      current = undefined;
    });
    return { served, stop };
  };

  const sample = (bench: ModuleBench): Access => ({
    write: bench.signal("m_reg_write").isHigh,
    addr: bench.signal("m_reg_addr").number,
    data: bench.signal("m_reg_wdata").number,
    strobe: bench.signal("m_reg_wstrb").number,
  });

  const run = async (
    bench: ModuleBench,
    accesses: readonly Access[],
    pauses: { readonly request?: Pause; readonly answer?: Pause; readonly latency?: readonly [min: number, max: number] },
  ): Promise<void> => {
    const { served, stop } = serve(bench, pauses.latency ?? [0, 0]);
        const pause = pauses.request ?? PAUSES.never;
    const back = pauses.answer ?? PAUSES.never;
    const aw = bench.source("s_axil_aw", ["addr", "prot"], { ...AXI_CHANNEL, pause });
    const w = bench.source("s_axil_w", ["data", "strb"], { ...AXI_CHANNEL, pause, randomName: "w" });
    const ar = bench.source("s_axil_ar", ["addr", "prot"], { ...AXI_CHANNEL, pause, randomName: "ar" });
    const b = bench.sink("s_axil_b", ["resp"], { ...AXI_CHANNEL, pause: back });
    const r = bench.sink("s_axil_r", ["data", "resp"], { ...AXI_CHANNEL, pause: back });
    const writes = accesses.filter((access) => access.write);
    const reads = accesses.filter((access) => !access.write);
    for (const { addr, data, strobe } of writes) {
      aw.sendNow({ addr: BigInt(addr), prot: bench.random.bits(3) });
      w.sendNow({ data: BigInt(data), strb: BigInt(strobe) });
    }
    for (const { addr } of reads) ar.sendNow({ addr: BigInt(addr), prot: bench.random.bits(3) });
    const limit = 200 + 400 * accesses.length;
    await withTimeout(b.reached(writes.length), limit, "the last write response");
    await withTimeout(r.reached(reads.length), limit, "the last read response");
    await bench.cycles(10);
    const writesServed = served.filter((access) => access.write);
    const readsServed = served.filter((access) => !access.write);
    expect(writesServed.map(({ addr, data, strobe }) => ({ addr, data, strobe }))).to.deep.equal(
      writes.map(({ addr, data, strobe }) => ({ addr, data, strobe })),
    );
    expect(readsServed.map(({ addr }) => addr)).to.deep.equal(reads.map(({ addr }) => addr));
    expect(r.takeAll().map(({ beat }) => Number(beat.data))).to.deep.equal(readsServed.map(({ readData }) => readData));
    expect(b.takeAll().every(({ beat }) => beat.resp === 0n)).to.equal(true);
    for (const stream of [aw, w, ar, b, r]) stream.stop();
    stop();
    bench.drive({ m_reg_done: 0 });
  };

  const random = (bench: ModuleBench, count: number): Access[] =>
    Array.from({ length: count }, () => ({
      write: bench.random.chance(0.5),
      addr: bench.random.below(2 ** params.ADDR_W),
      data: bench.random.u32(),
      strobe: bench.random.below(16),
    }));

  test("smoke: a write and a read", async (bench) => {
    await run(bench, [{ write: true, addr: 0x24, data: 0x12345678, strobe: 5 }], {});
    await run(bench, [{ write: false, addr: 0x88, data: 0, strobe: 0 }], {});
  });

  test("an access takes 4 cycles and the time of the register bus", async (bench) => {
    const start = bench.cycle;
    await run(bench, random(bench, 40).map((access) => ({ ...access, write: false })), {});
    expect(bench.cycle - start).to.be.at.most(40 * 5 + 20);
  });

  for (const [title, gap] of [["data before the address", -7], ["address before the data", 7]] as const) {
    test(`write: ${title}`, async (bench) => {
      const { served } = serve(bench, [1, 1]);
      const aw = bench.source("s_axil_aw", ["addr"], AXI_CHANNEL);
      const w = bench.source("s_axil_w", ["data", "strb"], AXI_CHANNEL);
      const b = bench.sink("s_axil_b", ["resp"], AXI_CHANNEL);
      if (gap > 0) aw.sendNow({ addr: 0x10n });
      else w.sendNow({ data: 0x99n, strb: 15n });
      await bench.cycles(Math.abs(gap));
      expect(served).to.deep.equal([]);
      if (gap > 0) w.sendNow({ data: 0x99n, strb: 15n });
      else aw.sendNow({ addr: 0x10n });
      await withTimeout(b.reached(1), 30);
      expect(served.map(({ addr, data }) => ({ addr, data }))).to.deep.equal([{ addr: 0x10, data: 0x99 }]);
    });
  }

  test("reads and writes take turns when both wait", async (bench) => {
    const { served } = serve(bench, [2, 2]);
    const aw = bench.source("s_axil_aw", ["addr"], AXI_CHANNEL);
    const w = bench.source("s_axil_w", ["data"], AXI_CHANNEL);
    const ar = bench.source("s_axil_ar", ["addr"], AXI_CHANNEL);
    const sinks = [bench.sink("s_axil_b", ["resp"], AXI_CHANNEL), bench.sink("s_axil_r", ["resp"], AXI_CHANNEL)];
    for (let i = 0; i < 10; i++) {
      aw.sendNow({ addr: 4n });
      w.sendNow({ data: 1n });
      ar.sendNow({ addr: 8n });
    }
    for (const sink of sinks) await withTimeout(sink.reached(10), 400);
    const kinds = served.map(({ write }) => (write ? "w" : "r")).join("");
    expect(kinds).to.match(/^(wr){10}$|^(rw){10}$|^w?(rw)+r?$/);
  });

  test("sweep: pauses of requests and answers, latency of the register bus", async (bench) => {
    for (const request of [PAUSES.never, PAUSES.half, PAUSES.bursty]) {
      for (const answer of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
        await run(bench, random(bench, 12), { request, answer, latency: [0, 6] });
      }
    }
  });

  test("a response that waits keeps its data, whatever happens on the register bus", async (bench) => {
    const { served } = serve(bench, [0, 0]);
    const ar = bench.source("s_axil_ar", ["addr"], AXI_CHANNEL);
    const r = bench.sink("s_axil_r", ["data"], { ...AXI_CHANNEL, pause: { kind: "always" } });
    ar.sendNow({ addr: 4n }, { addr: 8n });
    await bench.cycles(40);
    r.pause = PAUSES.never;
    await withTimeout(r.reached(2), 40);
    expect(r.takeAll().map(({ beat }) => Number(beat.data))).to.deep.equal(served.map(({ readData }) => readData));
  });

  test("reset in the middle of an access", async (bench) => {
    bench.drive({ s_axil_arvalid: 1, s_axil_araddr: 4, s_axil_rready: 1 });
    await bench.cycles(3);
    bench.drive({ s_axil_arvalid: 0 });
    await bench.reset(1);
    expect(bench.signal("s_axil_rvalid").isHigh).to.equal(false);
    await run(bench, random(bench, 6), {});
  });

  test("property: every access is carried out once, in order of its direction", async (bench) => {
    const access = fc.record({
      write: fc.boolean(),
      addr: fc.nat({ max: 2 ** params.ADDR_W - 1 }),
      data: fc.nat({ max: 0xffffffff }),
      strobe: fc.nat({ max: 15 }),
    });
    const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
    await bench.property(
      fc.tuple(fc.array(access, { minLength: 1, maxLength: 10 }), pause, pause),
      async ([accesses, request, answer]) => {
        await run(bench, accesses, { request, answer, latency: [0, 4] });
      },
      15,
    );
  });

  // The generator of a pause is asked once per cycle, also by tests that drive pins themselves.
  test("accesses at any distance from each other", async (bench) => {
    const isPause = pauseGenerator(PAUSES.mostly, bench.random.fork("distance"));
    for (let i = 0; i < 20; i++) {
      if (isPause()) await bench.cycles(bench.random.between(1, 9));
      await run(bench, random(bench, 1), { latency: [0, 2] });
    }
  });
});
