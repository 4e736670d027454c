import { describeFifo } from "../support/fifo.ts";

describeFifo("vnet_fifo", {
  params: [
    { W: 8, DEPTH: 2 },
    { W: 33, DEPTH: 16 },
  ],
  fullParams: [
    { W: 1, DEPTH: 4 },
    { W: 512, DEPTH: 64 },
  ],
  latencyCycles: 1,
  extraPlaces: 0,
});
