/**
 * The header cut in every possible way, in both directions. "Any" is meant literally here: all subsets of the cut points, not a sample.
 */
import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import { descriptorsRead, linux } from "../../src/virtio/index.ts";
import type { ChainForm, ChainPlan } from "../../src/virtio/index.ts";
import { BUILDS, cutsOfMask, FEATURES, frameOf, planOfCuts, useBench } from "./system-bench.ts";

const HEADERS = [
  { name: "10-byte header", lenBytes: 10, features: FEATURES.legacyAnyLayout },
  { name: "12-byte header", lenBytes: 12, features: FEATURES.modern },
] as const;
const FORMS: readonly ChainForm[] = [{ kind: "direct" }, { kind: "indirect", isShuffled: true }];
/** Room for a frame in the receive buffers of these tests. */
const FRAME_ROOM = 60;

for (const name of ["narrow", "wide"] as const) {
  const params = BUILDS[name];
  describe(withSeed(`system: all splits at ${params.DATA_W} bit`), () => {
    const bench = useBench({ params, name: `splits-${params.DATA_W}` });

    for (const header of HEADERS) {
      const sets = 2 ** header.lenBytes;
      for (const form of FORMS) {
        it(`TX: all ${sets} cut sets of the ${header.name}, ${form.kind} [FRAM-01] [NET-HDR-02]`, async () => {
          const net = bench();
          const driver = await net.start({ layout: linux, features: header.features, isScattered: true });
          const seen = { inline: 0, alone: 0, cut: 0 };
          const lanes = new Set<number>();

          const requests = Array.from({ length: sets }, (_, mask) => {
            const frame = frameOf(20 + (mask % 41), mask);
            const plan = planOfCuts(header.lenBytes, cutsOfMask(mask, header.lenBytes), {
              total: header.lenBytes + frame.length,
              form,
              // The first element sweeps all lanes in order; the others lie anywhere.
              lane: (element) => (element === 0 ? mask % 64 : net.random.below(64)),
            });
            seen[plan.placement]++;
            for (const piece of plan.pieces) if (piece.place.kind === "own") lanes.add(piece.place.lane ?? 0);
            return { frame, plan, header: { hdrLen: mask, gsoSize: ~mask & 0xffff, csumStart: 0x55aa } };
          });
          net.send(0, requests);
          await net.run({ isRxManual: true, stepCycles: 300 });

          await net.finish();
          expect(driver.headerLenBytes).to.equal(header.lenBytes);
          expect(net.scoreboard.tally(1).frames).to.equal(sets);
          expect(lanes.size).to.equal(64);
          // Without a cut before the end of the header it is inline; with only the last cut point it is alone.
          expect(seen).to.deep.equal({ inline: 1, alone: 1, cut: sets - 2 });
          console.log(`      ${sets} of ${sets} cut sets transmitted, all 64 lanes`);
        });

        it(`RX: all ${sets} cut sets of the ${header.name}, ${form.kind} [FRAM-01]`, async () => {
          const net = bench();
          const driver = await net.start({ layout: linux, features: header.features, isScattered: true });
          let posted = 0;
          const post = (): void => {
            for (; posted < sets; posted++) {
              const plan = planOfCuts(header.lenBytes, cutsOfMask(posted, header.lenBytes), {
                total: header.lenBytes + FRAME_ROOM,
                form,
                lane: (element) => (element === 0 ? posted % 64 : net.random.below(64)),
              });
              if (driver.rx[0]?.ring.hasRoom(plan.pieces.length, plan.form) !== true) break;
              driver.postRx(0, plan);
            }
          };

          for (let mask = 0; mask < sets; mask++) net.receive(0, frameOf(20 + (mask % 41), mask));
          while (!net.isDone) {
            post();
            await net.step({ isRxManual: true, stepCycles: 300 });
            net.scoreboard.check();
          }

          await net.finish();
          expect(net.scoreboard.tally(0)).to.include({ frames: sets, inline: 1, alone: 1, cut: sets - 2 });
          console.log(`      ${sets} of ${sets} cut sets received`);
        });
      }

      it(`TX and RX: the ${header.name} and the frame in equal elements of 1 to 80 bytes`, async () => {
        const net = bench();
        const driver = await net.start({ layout: linux, features: header.features, isScattered: true });
        const plans: ChainPlan[] = [];
        for (let size = 1; size <= 80; size++) {
          for (const form of FORMS) {
            const total = header.lenBytes + FRAME_ROOM;
            const cuts = Array.from({ length: Math.ceil(total / size) }, (_, i) => (i + 1) * size);
            plans.push(
              planOfCuts(header.lenBytes, cuts, { total, form, lane: (element) => (size + 5 * element) % 64 }),
            );
          }
        }

        net.send(
          0,
          plans.map((plan, i) => ({ frame: frameOf(FRAME_ROOM, i), plan })),
        );
        let posted = 0;
        for (let i = 0; i < plans.length; i++) net.receive(0, frameOf(1 + (i % FRAME_ROOM), i));
        while (!net.isDone) {
          for (; posted < plans.length; posted++) {
            const plan = plans[posted];
            if (plan === undefined || driver.rx[0]?.ring.hasRoom(plan.pieces.length, plan.form) !== true) break;
            driver.postRx(0, plan);
          }
          await net.step({ isRxManual: true, stepCycles: 300 });
          net.scoreboard.check();
        }

        await net.finish();
        expect(net.scoreboard.tally(1).frames).to.equal(plans.length);
        expect(net.scoreboard.tally(0).frames).to.equal(plans.length);
        const longest = Math.max(...plans.map((plan) => descriptorsRead(plan.pieces.length, plan.form)));
        expect(longest).to.equal(header.lenBytes + FRAME_ROOM + 1);
      });
    }

    it("TX: one cut at every byte of a 300-byte frame, at every lane", async () => {
      const net = bench();
      await net.start({ layout: linux, features: FEATURES.modern });
      const requests = Array.from({ length: 311 }, (_, cut) => ({
        frame: frameOf(300, cut),
        plan: planOfCuts(12, [cut + 1], {
          total: 312,
          lane: (element) => (element === 0 ? cut % 64 : (cut * 13) % 64),
        }),
      }));

      net.send(0, requests);
      await net.run({ isRxManual: true });

      await net.finish();
      expect(net.scoreboard.tally(1).frames).to.equal(311);
    });
  });
}
