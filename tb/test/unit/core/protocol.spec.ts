import { expect } from "chai";
import fc from "fast-check";
import {
  BatchWriter,
  decodeFatal,
  decodeRun,
  decodeWelcome,
  encodeHello,
  KIND,
  OP,
  opName,
  pad8,
  ResultReader,
  type RunEvent,
} from "../../../src/core/protocol.ts";

/** A message with a header of this kind and these body bytes. */
function message(kind: number, count: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, kind, true);
  view.setUint32(12, count, true);
  bytes.set(body, 16);
  return bytes;
}

describe("core: protocol", () => {
  it("HELLO is what sim/README.md says", () => {
    expect(Buffer.from(encodeHello(7)).toString("hex")).to.equal(
      "20000000" + "0100" + "0000" + "07000000" + "00000000" + "564e4554" + "01000000" + "0000000000000000",
    );
  });

  it("a batch starts every operation at a multiple of 8 and pads with 0", () => {
    const writer = new BatchWriter();
    writer.add(OP.PING, 0, new Uint8Array([1, 2, 3]));
    const at = writer.reserve(OP.SIG_SET, 5, 4);
    writer.view.setUint32(at, 0xaabbccdd, true);
    expect(Buffer.from(writer.finish(9)).toString("hex")).to.equal(
      "30000000" +
        "0300" +
        "0000" +
        "09000000" +
        "02000000" +
        "0100" +
        "0000" +
        "03000000" +
        "0102030000000000" +
        "1200" +
        "0500" +
        "04000000" +
        "ddccbbaa00000000",
    );
  });

  it("a batch that is used again has nothing of the last one, and grows as needed", () => {
    const writer = new BatchWriter();
    writer.add(OP.PING, 0, new Uint8Array(100_000).fill(0xff));
    expect(writer.lengthBytes).to.equal(16 + 8 + 100_000);
    writer.reset();
    writer.reserve(OP.PING, 0, 9);
    expect([...writer.finish(1).subarray(24)]).to.deep.equal(Array.from({ length: 16 }, () => 0));
  });

  it("results come out as they went in (property)", () => {
    const result = fc.record({
      op: fc.nat({ max: 0xffff }),
      status: fc.nat({ max: 5 }),
      payload: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(result, { maxLength: 10 }), (results) => {
        const writer = new BatchWriter();
        for (const { op, status, payload } of results) writer.add(op, status, payload);
        const bytes = writer.finish(0).slice();
        new DataView(bytes.buffer).setUint16(4, KIND.RESULTS, true);
        const reader = new ResultReader(bytes);
        for (const { op, status, payload } of results) {
          const seen = reader.next();
          expect([seen?.op, seen?.status]).to.deep.equal([op, status]);
          expect([...(seen?.payload ?? [])]).to.deep.equal([...payload]);
        }
        expect(reader.next()).to.equal(undefined);
      }),
    );
  });

  it("truncated results are refused, not read beyond the end", () => {
    const writer = new BatchWriter();
    writer.add(OP.PING, 0, new Uint8Array(64));
    const bytes = writer.finish(0).slice();
    expect(() => new ResultReader(bytes.subarray(0, 40)).next()).to.throw("a result ends beyond the message");
    expect(() => new ResultReader(message(KIND.RESULTS, 1, new Uint8Array(0))).next()).to.throw(
      "starts beyond the message",
    );
  });

  it("a run is decoded with its events in order", () => {
    const body = new Uint8Array(24 + 24 + 16);
    const view = new DataView(body.buffer);
    view.setBigUint64(0, 1234n, true);
    view.setBigUint64(8, 0b101n, true);
    view.setUint32(16, 2, true);
    view.setUint32(20, 2, true);
    view.setUint16(24, 4, true);
    view.setUint16(26, 3, true);
    view.setUint32(28, 5, true);
    view.setBigUint64(32, 1200n, true);
    view.setUint8(44, 99);
    view.setUint16(48, 5, true);
    const events: RunEvent[] = [];
    expect(decodeRun(body, (event) => events.push(event))).to.deep.equal({
      cycle: 1234,
      hit: 0b101n,
      isEventBufferFull: true,
    });
    expect(events.map(({ type, model, cycle, payload }) => [type, model, cycle, payload.byteLength])).to.deep.equal([
      [4, 3, 1200, 5],
      [5, 0, 0, 0],
    ]);
    expect(events[0]?.payload.getUint8(4)).to.equal(99);
    expect(() => decodeRun(body.subarray(0, 40), () => undefined)).to.throw("beyond the RUN result");
    expect(() => decodeRun(new Uint8Array(8), () => undefined)).to.throw("too short");
  });

  it("WELCOME: a wrong version, magic number or JSON is refused", () => {
    const welcome = (
      change: (view: DataView) => void,
      json = '{"top":"t","params":{},"clock":true,"trace":"none","models":[],"ports":[]}',
    ): Uint8Array => {
      const text = new TextEncoder().encode(json);
      const body = new Uint8Array(24 + pad8(text.length));
      const view = new DataView(body.buffer);
      view.setUint32(0, 0x54454e56, true);
      view.setUint32(4, 1, true);
      view.setUint32(16, text.length, true);
      body.set(text, 24);
      change(view);
      return message(KIND.WELCOME, 0, body);
    };
    expect(decodeWelcome(welcome(() => undefined)).top).to.equal("t");
    expect(() =>
      decodeWelcome(
        welcome((view) => {
          view.setUint32(4, 3, true);
        }),
      ),
    ).to.throw("protocol version 3");
    expect(() =>
      decodeWelcome(
        welcome((view) => {
          view.setUint32(0, 3, true);
        }),
      ),
    ).to.throw("magic");
    expect(() => decodeWelcome(welcome(() => undefined, "[]"))).to.throw("JSON object");
    expect(() => decodeWelcome(welcome(() => undefined, '{"params":{},"models":3}'))).to.throw("JSON list");
    expect(() => decodeWelcome(message(KIND.RESULTS, 0, new Uint8Array(40)))).to.throw("expected WELCOME");
  });

  it("FATAL: code, cycle and text", () => {
    const body = new Uint8Array(24);
    const view = new DataView(body.buffer);
    view.setUint32(0, 9, true);
    view.setUint32(4, 5, true);
    view.setBigUint64(8, 77n, true);
    body.set(new TextEncoder().encode("AR: x"), 16);
    expect(decodeFatal(message(KIND.FATAL, 0, body))).to.deep.equal({ exitCode: 9, cycle: 77, text: "AR: x" });
    expect(() => decodeFatal(message(KIND.FATAL, 0, new Uint8Array(0)))).to.throw("too short");
  });

  it("operations have names for messages", () => {
    expect([opName(OP.MEM_WRITE), opName(0x7777)]).to.deep.equal(["MEM_WRITE", "operation 30583"]);
  });
});
