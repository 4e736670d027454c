// vnet_wr_scatter, abstract: any outputs at any time
// SPDX-License-Identifier: Apache-2.0
//
// Stands in the place of rtl/axi/vnet_wr_scatter.v in the proofs that name it under `abstract`. It promises nothing;
// what it does together with vnet_realign is assumed in formal/lib/write_path.v, which says where it is proved.
`default_nettype none

module vnet_wr_scatter #(
  parameter integer DATA_W = 64,
  parameter integer N      = 3,
  parameter integer LEN_W  = 20,
  parameter integer OFF_W  = $clog2(DATA_W / 8)
) (
  input  wire                clk,
  input  wire                rst,
  input  wire                s_cmd_valid,
  output wire                s_cmd_ready,
  input  wire [N-1:0]        s_cmd_client,
  input  wire [OFF_W-1:0]    s_cmd_start,
  input  wire [OFF_W-1:0]    s_cmd_off,
  input  wire [LEN_W-1:0]    s_cmd_len,
  input  wire                s_cmd_eop,
  input  wire [N-1:0]        s_dat_valid,
  output wire [N-1:0]        s_dat_ready,
  input  wire [DATA_W*N-1:0] s_dat_data,
  output wire                m_valid,
  input  wire                m_ready,
  output wire [DATA_W-1:0]   m_data,
  output wire [OFF_W-1:0]    m_off,
  output wire [OFF_W:0]      m_cnt,
  output wire [OFF_W-1:0]    m_start,
  output wire                m_last
);

  (* anyseq *) reg                          cmd_ready;
  (* anyseq *) reg [N-1:0]                  dat_ready;
  (* anyseq *) reg [DATA_W + 3 * OFF_W + 2:0] window;

  assign s_cmd_ready = cmd_ready;
  assign s_dat_ready = dat_ready;
  assign {m_valid, m_data, m_off, m_cnt, m_start, m_last} = window;

endmodule

`default_nettype wire
