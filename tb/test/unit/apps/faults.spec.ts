import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { FAULTS } from "../../../apps/faults.ts";

describe("apps: faults that must be noticed", () => {
  for (const fault of FAULTS) {
    it(`${fault.id} still has its place in ${fault.file}`, () => {
      expect(readFileSync(join("rtl", fault.file), "utf8").split(fault.find)).to.have.length(2);
    });
  }
});
