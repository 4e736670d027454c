import { expect } from "chai";
import { buildSimulator, withSeed } from "../../src/core/index.ts";

/** What the build says, or nothing if it succeeds. */
async function buildMessage(depth: number): Promise<string> {
  try {
    await buildSimulator({ top: "vnet_fifo", params: { W: 8, DEPTH: depth } });
    return "";
  } catch (thrown) {
    return String(thrown);
  }
}

describe(withSeed("vnet_param_check"), function () {
  this.timeout(120_000);

  it("lets good parameters pass", async () => {
    expect(await buildMessage(2)).to.equal("");
  });

  for (const depth of [0, 1, 3]) {
    it(`stops elaboration and names the reason: DEPTH=${depth}`, async () => {
      const message = await buildMessage(depth);
      expect(message).to.include(`build of vnet_fifo W=8 DEPTH=${depth} failed`);
      expect(message).to.include("u_depth_must_be_a_power_of_two");
    });
  }
});
