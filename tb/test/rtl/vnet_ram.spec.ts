import { describeRam } from "../support/memory-model.ts";

describeRam("vnet_ram", {
  params: [
    { W: 1, DEPTH: 2 },
    { W: 65, DEPTH: 64 },
  ],
  fullParams: [{ W: 512, DEPTH: 512 }],
  isRegistered: true,
});
