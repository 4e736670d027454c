/**
 * A worker process of the bench: measures what it is told, one job after the other. `pool.ts` starts it.
 *
 * @module
 */
import { perform } from "./jobs.ts";
import type { Job } from "./jobs.ts";

const answer = (message: unknown): void => {
  // The bench may have ended meanwhile.
  if (process.connected) process.send?.(message);
};

process.on("message", (job: Job) => {
  void perform(job).then(
    (value) => {
      answer({ value });
    },
    (error: unknown) => {
      answer({ error: error instanceof Error ? error.message : String(error) });
    },
  );
});
