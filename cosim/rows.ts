/**
 * All rows of `make cosim`, in the order of the table. A new row is added here and nowhere else.
 *
 * @module
 */
import type { Row } from "./row.ts";
import { DPDK_ROWS } from "./rows/dpdk.ts";
import { FAILURE_VFIO_ROWS } from "./rows/failure-vfio.ts";
import { FAILURE_VHOST_ROWS } from "./rows/failure-vhost.ts";
import { FIRMWARE_VFIO_ROWS } from "./rows/firmware-vfio.ts";
import { FIRMWARE_ROWS } from "./rows/firmware.ts";
import { LEGACY_ROWS } from "./rows/linux-legacy.ts";
import { LINUX_ROWS } from "./rows/linux.ts";
import { UML_ROWS } from "./rows/uml.ts";

export const ROWS: readonly Row[] = [
  ...LINUX_ROWS,
  ...LEGACY_ROWS,
  ...UML_ROWS,
  ...DPDK_ROWS,
  ...FIRMWARE_ROWS,
  ...FIRMWARE_VFIO_ROWS,
  ...FAILURE_VFIO_ROWS,
  ...FAILURE_VHOST_ROWS,
];
