import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { Random } from "../../../src/core/index.ts";
import { ETHERTYPE, ethernet, ipv4Address, macAddress, parseFrame, readCapture, tcp4 } from "../../../src/net/index.ts";
import {
  cutLayout,
  dpdkSegments,
  FEATURE,
  headerPlacement,
  ipxe,
  LAYOUTS,
  linux,
  linuxLegacy,
  netHeaderLenBytes,
  netkvm,
  planBytes,
  protocolHeaderBytes,
  withForm,
} from "../../../src/virtio/index.ts";
import type { ChainPlan, FrameTraits, LayoutPolicy } from "../../../src/virtio/index.ts";

const TRAITS: FrameTraits = { dataLane: 2, headroomBytes: 64, isShared: false, fragments: [60] };
const HOSTS = { src: ipv4Address("10.77.0.1"), dst: ipv4Address("10.77.0.4") };
const LINK = { dst: macAddress("52:54:00:12:34:56"), src: macAddress("02:00:00:00:00:01"), etherType: ETHERTYPE.ipv4 };

function planTx(layout: LayoutPolicy, frame: Uint8Array, traits: FrameTraits, features = layout.features): ChainPlan {
  const headerLenBytes = netHeaderLenBytes(features);
  return layout.planTx({ features, headerLenBytes, random: new Random(1), frame, traits });
}

function lengths(plan: ChainPlan): number[] {
  return plan.pieces.map((piece) => piece.lenBytes);
}

describe("virtio: header layouts", () => {
  for (const layout of LAYOUTS) {
    it(`${layout.name}: every chain has all bytes, at least one in each element, and the placement it claims`, () => {
      const headerLenBytes = netHeaderLenBytes(layout.features);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 14, maxLength: 400 }), fc.integer(), (frame, seed) => {
          const random = new Random(seed);
          const context = { features: layout.features, headerLenBytes, random };
          const traits = layout.traits(frame, random);

          const tx = layout.planTx({ ...context, frame, traits });
          const rx = layout.planRx({ ...context, frameBytes: 1518 });

          expect(planBytes(tx)).to.equal(headerLenBytes + frame.length);
          expect(planBytes(rx)).to.equal(headerLenBytes + 1518);
          for (const plan of [tx, rx]) {
            expect(Math.min(...lengths(plan))).to.be.at.least(1);
            expect(plan.placement).to.equal(headerPlacement(lengths(plan)[0] ?? 0, headerLenBytes));
          }
        }),
      );
    });
  }

  it("linux pushes only if all four conditions hold, and says which one did not", () => {
    const frame = new Uint8Array(60);
    const reason = (traits: Partial<FrameTraits>, layout = linux): string =>
      planTx(layout, frame, { ...TRAITS, ...traits }).reason;

    expect(reason({})).to.equal("pushed");
    expect(reason({}, linuxLegacy)).to.equal("no any-layout right");
    expect(reason({ dataLane: 3 })).to.equal("misaligned");
    expect(reason({ isShared: true })).to.equal("shared");
    expect(reason({ headroomBytes: 11 })).to.equal("headroom");
    expect(reason({ headroomBytes: 12 })).to.equal("pushed");
  });

  it("linux puts a pushed header at 2 modulo 4, and needs no table for one element", () => {
    const pushed = planTx(linux, new Uint8Array(60), TRAITS);
    const fragments = planTx(linux, new Uint8Array(60), { ...TRAITS, fragments: [20, 40] });
    const shared = planTx(linux, new Uint8Array(60), { ...TRAITS, isShared: true });

    expect(pushed.form.kind).to.equal("direct");
    expect(pushed.pieces).to.deep.equal([{ lenBytes: 72, place: { kind: "own", lane: 54 } }]);
    expect(lengths(fragments)).to.deep.equal([32, 40]);
    expect(fragments.form.kind).to.equal("indirect");
    expect(lengths(shared)).to.deep.equal([12, 60]);
    expect(shared.form.kind).to.equal("indirect");
  });

  it("dpdk chains segments as testpmd was seen to: 12, 40, 60, 80", () => {
    expect(lengths(planTx(dpdkSegments, new Uint8Array(180), TRAITS))).to.deep.equal([12, 40, 60, 80]);
  });

  it("netkvm joins header and protocol headers, and takes a tagged frame apart", () => {
    const data = new Uint8Array(30);
    const plain = ethernet(LINK, tcp4(HOSTS, { srcPort: 1, dstPort: 2 }, data));
    const tagged = ethernet({ ...LINK, vlanId: 5 }, tcp4(HOSTS, { srcPort: 1, dstPort: 2 }, data));

    expect(lengths(planTx(netkvm, plain, TRAITS))).to.deep.equal([12 + 54, 30]);
    expect(lengths(planTx(netkvm, tagged, TRAITS))).to.deep.equal([12, 12, 4, 42, 30]);
  });

  it("netkvm finds the same protocol headers as the packet parser", () => {
    for (const name of ["tcp_http", "icmp_sizes"]) {
      const file = readFileSync(new URL(`../../../fixtures/${name}.pcap`, import.meta.url));
      for (const { bytes } of readCapture(file).frames) {
        expect(protocolHeaderBytes(bytes)).to.equal(parseFrame(bytes).payloadOffset);
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 19, maxLength: 90 }), fc.boolean(), (frame, isTagged) => {
        frame.set(isTagged ? [0x81, 0, 0, 1, 0x08, 0, 0x45] : [0x08, 0, 0x45], 12);
        expect(protocolHeaderBytes(frame)).to.equal(parseFrame(frame).payloadOffset);
      }),
    );
  });

  it("ipxe uses one header buffer for all chains", () => {
    expect(planTx(ipxe, new Uint8Array(60), TRAITS).pieces[0]?.place.kind).to.equal("sharedHeader");
    expect(ipxe.hasSharedHeader).to.equal(true);
  });

  it("puts any layout into another form", () => {
    for (const form of [{ kind: "direct" }, { kind: "indirect", lane: 16 }] as const) {
      const layout = withForm(linux, form);

      expect(layout.name).to.equal(`linux, ${form.kind}`);
      expect(planTx(layout, new Uint8Array(60), TRAITS).form).to.equal(form);
      expect(layout.features & FEATURE.INDIRECT_DESC).to.equal(FEATURE.INDIRECT_DESC);
    }
  });

  it("cuts exactly where it is told and ignores cuts at the ends", () => {
    const layout = cutLayout({
      name: "test",
      features: FEATURE.ANY_LAYOUT,
      cuts: (total) => [0, 1, 2, 10, total],
      lane: (index) => index,
    });

    const plan = planTx(layout, new Uint8Array(20), TRAITS);

    expect(lengths(plan)).to.deep.equal([1, 1, 8, 20]);
    expect(plan.placement).to.equal("cut");
    expect(plan.pieces[2]?.place).to.deep.equal({ kind: "own", lane: 2 });
  });
});
