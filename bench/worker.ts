/**
 * A worker process of the bench: measures what it is told, one job after the other. `pool.ts` starts it.
 *
 * @module
 */
import { perform } from "./jobs.ts";
import type { Job } from "./jobs.ts";

process.on("message", (job: Job) => {
  void perform(job).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
