// vnet_realign, abstract: any outputs at any time
// SPDX-License-Identifier: Apache-2.0
//
// Stands in the place of rtl/common/vnet_realign.v in the proofs that name it under `abstract`. It promises nothing;
// what it does together with vnet_wr_scatter is assumed in formal/lib/write_path.v, which says where it is proved.
`default_nettype none

module vnet_realign #(
  parameter integer DATA_W = 64,
  parameter integer OFF_W  = $clog2(DATA_W / 8),
  parameter integer CNT_W  = OFF_W + 1
) (
  input  wire              clk,
  input  wire              rst,
  input  wire              s_valid,
  output wire              s_ready,
  input  wire [DATA_W-1:0] s_data,
  input  wire [OFF_W-1:0]  s_off,
  input  wire [CNT_W-1:0]  s_cnt,
  input  wire [OFF_W-1:0]  s_start,
  input  wire              s_last,
  input  wire [4:0]        s_err,
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [OFF_W-1:0]  m_off,
  output wire [CNT_W-1:0]  m_cnt,
  output wire              m_last,
  output wire [4:0]        m_err
);

  (* anyseq *) reg                              ready;
  (* anyseq *) reg [DATA_W + OFF_W + CNT_W + 6:0] word;

  assign s_ready = ready;
  assign {m_valid, m_data, m_off, m_cnt, m_last, m_err} = word;

endmodule

`default_nettype wire
