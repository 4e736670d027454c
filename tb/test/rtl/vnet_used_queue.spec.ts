import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const AGE_CYCLES = 8;

describeModule("vnet_used_queue", { params: [{ AGE_CYCLES, JOBS_W: 4 }] }, ({ test }) => {
  const isHigh = (bench: ModuleBench, name: string): boolean => bench.signal(name).isHigh;
  const value = (bench: ModuleBench, name: string): number => bench.signal(name).number;

  const enable = async (bench: ModuleBench): Promise<void> => {
    bench.drive({ cfg_enable: 1, cfg_stop: 0 });
    await bench.cycles(3);
    expect(isHigh(bench, "live")).to.equal(true);
  };

  /** Shows these inputs for one cycle, and lets their effect be seen. */
  const pulse = async (bench: ModuleBench, inputs: Readonly<Record<string, number>>): Promise<void> => {
    bench.drive(inputs);
    await bench.cycles();
    bench.drive(Object.fromEntries(Object.keys(inputs).map((name) => [name, 0])));
  };

  const accept = (bench: ModuleBench, options: { isEof?: boolean; isFlush?: boolean } = {}): Promise<void> =>
    pulse(bench, {
      evt_accept: 1,
      accept_eof: (options.isEof ?? true) ? 1 : 0,
      evt_flush: options.isFlush === true ? 1 : 0,
    });

  /** A write job of the entries up to `end`, until it is handed to the write engine. */
  const issueEntries = async (bench: ModuleBench, end: number): Promise<void> => {
    await pulse(bench, { evt_pick: 1 });
    await pulse(bench, { evt_issue_ent: 1, issue_idx: end % 65536 });
    await pulse(bench, { evt_release: 1, release_block: (end >> 4) & 3 });
  };

  const publish = async (bench: ModuleBench, idx: number): Promise<void> => {
    await pulse(bench, { evt_pick: 1 });
    await pulse(bench, { evt_issue_idx: 1, issue_idx: idx });
    await bench.cycles(2);
    expect(isHigh(bench, "want_idx"), "one index write in flight").to.equal(false);
    await pulse(bench, { evt_done: 1, evt_done_idx: 1 });
    await bench.cycles(2);
  };

  test("smoke: an entry, its index, the test", async (bench) => {
    await enable(bench);
    await accept(bench, { isFlush: true });
    await bench.cycles(2);
    expect(value(bench, "fill")).to.equal(1);
    expect(isHigh(bench, "want_ent")).to.equal(true);
    await issueEntries(bench, 1);
    await bench.cycles(2);
    expect(isHigh(bench, "want_ent")).to.equal(false);
    expect(isHigh(bench, "want_idx"), "no index before the response").to.equal(false);
    expect(isHigh(bench, "busy")).to.equal(true);
    await pulse(bench, { evt_done: 1, evt_done_border: 1, done_border: 1 });
    await bench.cycles(2);
    expect(isHigh(bench, "busy")).to.equal(false);
    expect(isHigh(bench, "want_idx")).to.equal(true);
    expect(value(bench, "target")).to.equal(1);
    expect(isHigh(bench, "want_test"), "no test before the index is in memory").to.equal(false);
    await publish(bench, 1);
    expect(isHigh(bench, "want_test")).to.equal(true);
    await pulse(bench, { evt_issue_test: 1 });
    await bench.cycles(2);
    expect([value(bench, "test_old"), value(bench, "test_new")]).to.deep.equal([0, 1]);
    await pulse(bench, { evt_tested: 1 });
    await bench.cycles(2);
    expect(value(bench, "test_old")).to.equal(1);
    expect(isHigh(bench, "busy")).to.equal(false);
  });

  test("entries wait for others until they are old, or a block of 16 is whole", async (bench) => {
    await enable(bench);
    await accept(bench);
    const start = bench.cycle;
    while (!isHigh(bench, "want_ent")) await bench.cycles();
    expect(bench.cycle - start).to.be.within(AGE_CYCLES, AGE_CYCLES + 4);
    await issueEntries(bench, 1);
    await bench.cycles(2);
    for (let i = 1; i < 16; i++) {
      expect(isHigh(bench, "want_ent")).to.equal(false);
      bench.drive({ evt_accept: 1 });
      await bench.cycles();
      bench.drive({ evt_accept: 0 });
      if (i === 4) {
        await bench.cycles(AGE_CYCLES + 4);
        expect(isHigh(bench, "want_ent")).to.equal(true);
        await issueEntries(bench, 5);
        await bench.cycles(2);
      }
      if (i === 10) {
        await issueEntries(bench, 11);
        await bench.cycles(2);
      }
    }
    await bench.cycles(2);
    expect(isHigh(bench, "want_ent"), "block of 16").to.equal(true);
  });

  test("two blocks of 16, then there is no room until the first is handed over", async (bench) => {
    await enable(bench);
    for (let i = 0; i < 32; i++) {
      expect(isHigh(bench, "room"), `entry ${i}`).to.equal(true);
      await accept(bench);
      await bench.cycles();
    }
    expect(isHigh(bench, "room")).to.equal(false);
    await issueEntries(bench, 16);
    await bench.cycles();
    expect(isHigh(bench, "room")).to.equal(true);
  });

  test("frame borders: the last one, and the last one before the youngest block", async (bench) => {
    await enable(bench);
    for (let i = 0; i < 20; i++) await accept(bench, { isEof: [2, 9, 17].includes(i) });
    await bench.cycles();
    expect(value(bench, "eof")).to.equal(18);
    expect(value(bench, "block_eof")).to.equal(10);
  });

  test("positions of 16 bits, over their wrap", async (bench) => {
    await enable(bench);
    let at = 0;
    let extra = 0;
    for (const step of [16 * 19, 16 * 70, 16 * 257, 16 * 1023, 16 * 1025, 16 * 2047]) {
      const before = at;
      at = (at + step) % 65536;
      bench.drive({ evt_accept: 1, accept_eof: 0 });
      await bench.cycles(step - 1 - extra);
      await accept(bench);
      await bench.cycles();
      expect(value(bench, "fill")).to.equal(at);
      expect(value(bench, "eof")).to.equal(at);
      // Twice: a value that is held stays in every cycle.
      expect(value(bench, "block_eof")).to.equal(before);
      await bench.cycles();
      expect(value(bench, "block_eof")).to.equal(before);
      expect(isHigh(bench, "want_ent")).to.equal(true);
      await issueEntries(bench, at);
      await pulse(bench, { evt_done: 1, evt_done_border: 1, done_border: at });
      await bench.cycles(2);
      expect(value(bench, "issued")).to.equal(at);
      expect(isHigh(bench, "want_ent")).to.equal(false);
      expect(value(bench, "target")).to.equal(at);
      await publish(bench, at);
      await pulse(bench, { evt_issue_test: 1 });
      await bench.cycles();
      expect([value(bench, "test_old"), value(bench, "test_new")]).to.deep.equal([before, at]);
      await pulse(bench, { evt_tested: 1 });
      // One entry of the next block alone waits for others.
      await accept(bench, { isEof: false });
      await bench.cycles(3);
      expect(isHigh(bench, "want_ent"), "a block that is not whole").to.equal(false);
      extra = 1;
    }
  });

  test("an error makes the queue dead until it was disabled, and is reported once", async (bench) => {
    await enable(bench);
    await pulse(bench, { evt_pick: 1 });
    await pulse(bench, { evt_err: 1, evt_done: 1 });
    await bench.cycles();
    expect(isHigh(bench, "live")).to.equal(false);
    expect(isHigh(bench, "dead")).to.equal(true);
    expect(isHigh(bench, "err_report")).to.equal(true);
    await pulse(bench, { evt_reported: 1 });
    await pulse(bench, { evt_err: 1 });
    await bench.cycles(2);
    expect(isHigh(bench, "err_report")).to.equal(false);
    await accept(bench, { isFlush: true });
    await bench.cycles(3);
    expect(isHigh(bench, "want_ent")).to.equal(false);
    bench.drive({ cfg_enable: 0 });
    await bench.cycles(2);
    expect(isHigh(bench, "dead")).to.equal(false);
    await enable(bench);
    expect(value(bench, "fill")).to.equal(0);
  });

  test("a stopped queue starts again only when its last job has ended, at index 0", async (bench) => {
    await enable(bench);
    for (let i = 0; i < 5; i++) await accept(bench, { isFlush: true });
    await issueEntries(bench, 5);
    bench.drive({ cfg_stop: 1 });
    await bench.cycles(2);
    expect(isHigh(bench, "live")).to.equal(false);
    bench.drive({ cfg_stop: 0 });
    await bench.cycles(10);
    expect(isHigh(bench, "live"), "a job is in flight").to.equal(false);
    await pulse(bench, { evt_done: 1, evt_done_border: 1, done_border: 5 });
    await bench.cycles(3);
    expect(isHigh(bench, "live")).to.equal(true);
    for (const name of ["fill", "issued", "eof", "target", "test_old"]) expect(value(bench, name), name).to.equal(0);
  });

  test("reset in the middle", async (bench) => {
    await enable(bench);
    for (let i = 0; i < 5; i++) await accept(bench, { isFlush: true });
    await pulse(bench, { evt_pick: 1 });
    await bench.reset(1);
    await bench.cycles(2);
    expect(value(bench, "fill")).to.equal(0);
    expect(isHigh(bench, "busy")).to.equal(false);
    expect(isHigh(bench, "want_ent")).to.equal(false);
  });

  test("property: every entry is published once, in steps that end at frame borders", async (bench) => {
    const run = fc.array(fc.record({ isEof: fc.boolean(), gap: fc.nat({ max: 12 }) }), { minLength: 1, maxLength: 60 });
    await bench.property(run, async (entries) => {
      await bench.reset(1);
      await enable(bench);
      const borders = [0];
      let accepted = 0;
      let written = 0;
      let shown = 0;
      const serve = async (): Promise<void> => {
        if (isHigh(bench, "want_ent")) {
          // As vnet_used_write: up to the end of a block, and the last border among these entries.
          const end = Math.min(accepted, (Math.floor(written / 16) + 1) * 16);
          const border = borders.filter((at) => at > written && at <= end).at(-1);
          expect(value(bench, "issued")).to.equal(written);
          await issueEntries(bench, end);
          written = end;
          await pulse(bench, { evt_done: 1, evt_done_border: border === undefined ? 0 : 1, done_border: border ?? 0 });
          await bench.cycles(2);
        } else if (isHigh(bench, "want_idx")) {
          const target = value(bench, "target");
          expect(borders).to.include(target);
          expect(target).to.be.within(shown + 1, written);
          await publish(bench, target);
          shown = target;
        } else if (isHigh(bench, "want_test")) {
          await pulse(bench, { evt_issue_test: 1 });
          await bench.cycles();
          expect(value(bench, "test_new")).to.equal(shown);
          await pulse(bench, { evt_tested: 1 });
          await bench.cycles(2);
        } else {
          await bench.cycles();
        }
      };
      for (const [i, { isEof, gap }] of entries.entries()) {
        while (!isHigh(bench, "room")) await serve();
        const isBorder = isEof || i === entries.length - 1;
        await accept(bench, { isEof: isBorder });
        accepted++;
        if (isBorder) borders.push(accepted);
        await bench.cycles();
        for (let j = 0; j < gap; j++) await serve();
      }
      for (let i = 0; i < 60; i++) await serve();
      expect(shown).to.equal(entries.length);
      expect(value(bench, "test_old")).to.equal(entries.length);
    });
  });
});
