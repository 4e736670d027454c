// vnet_param_check: stops elaboration when a parameter is out of its range
// SPDX-License-Identifier: Apache-2.0
//
// Instantiate it once per restriction; the instance name is the error message:
//   vnet_param_check #(.OK(DATA_W >= 64)) u_data_w_must_be_at_least_64 ();
// Verilog front ends differ: the zero replication stops Verilator and Icarus, the system task stops Yosys.
//
// Latency:       none, no logic.
// Throughput:    none.
// Back-pressure: none.
// Errors:        elaboration error.
// Spec:          none.
`default_nettype none

module vnet_param_check #(
  // The condition; 0 stops elaboration.
  parameter [0:0] OK = 1'b1
) ();

  generate
    if (OK == 1'b0) begin : g_parameter_out_of_range
      wire [0:0] stop = {(OK){1'b1}};
      initial $finish;
    end
  endgenerate

endmodule

`default_nettype wire
