import { describeFifo } from "../support/fifo.ts";

describeFifo("vnet_fifo_deep", {
  params: [
    { W: 8, DEPTH: 4 },
    { W: 65, DEPTH: 32 },
  ],
  fullParams: [
    { W: 1, DEPTH: 8 },
    { W: 512, DEPTH: 512 },
  ],
  latencyCycles: 3,
  extraPlaces: 3,
});
