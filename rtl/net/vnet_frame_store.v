// vnet_frame_store: keeps whole frames and lets them out only when they are complete
// SPDX-License-Identifier: Apache-2.0
//
// Words of a frame are written behind the last committed frame. With its last word the frame is
// committed or dropped: a drop sets the write pointer back to the end of the last committed
// frame. The length and some user bits of each committed frame go through a FIFO of their own, so
// that a reader knows a frame before it moves the first word.
//
// A frame that is being written waits while the memory is full of committed frames. The writer
// must not bring a frame of more than WORDS words; then there is always a committed frame to be
// read when the memory is full, and the wait ends. Memory of twice the longest frame lets one be
// written while another is read.
//
// Latency:       3 cycles from the last word to the first word and to the frame information.
// Throughput:    1 word per cycle on each side.
// Back-pressure: s_ready depends on registers only.
// Errors:        none of its own.
// Spec:          none.
`default_nettype none

module vnet_frame_store #(
  // Width of a word in bits: 64, 128, 256 or 512.
  parameter integer DATA_W = 64,
  // Width of a length in bits.
  parameter integer LEN_W  = 20,
  // Width of the user bits.
  parameter integer USER_W = 8,
  // Words in the memory, a power of two, at least 4. Costs block RAM.
  parameter integer WORDS  = 2048,
  // Committed frames that can wait, a power of two, at least 4.
  parameter integer FRAMES = 64,
  // Derived: width of a byte count. Do not set.
  parameter integer CNT_W  = $clog2(DATA_W / 8) + 1
) (
  input  wire              clk,
  input  wire              rst,

  // Words in; with last: drop, length in bytes, user bits.
  input  wire              s_valid,
  output wire              s_ready,
  input  wire [DATA_W-1:0] s_data,
  input  wire [CNT_W-1:0]  s_cnt,
  input  wire              s_last,
  input  wire              s_drop,
  input  wire [LEN_W-1:0]  s_len,
  input  wire [USER_W-1:0] s_user,

  // Frames and their words, each in order.
  output wire              m_frm_valid,
  input  wire              m_frm_ready,
  output wire [LEN_W-1:0]  m_frm_len,
  output wire [USER_W-1:0] m_frm_user,
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [CNT_W-1:0]  m_cnt,
  output wire              m_last
);

  localparam integer PTR_W = $clog2(WORDS) + 1;

  // The extra top bit of each pointer tells full from empty.
  reg [PTR_W-1:0] wr_ptr_q;
  reg [PTR_W-1:0] end_ptr_q;         // behind the last committed frame
  reg [PTR_W-1:0] rd_ptr_q;
  reg             read_q;            // a word comes out of the RAM in this cycle
  reg [1:0]       ahead_q;           // words read ahead: in the output FIFO or on their way to it

  wire             frm_ready;
  reg              full_q;           // no place is free
  wire [PTR_W-2:0] used   = wr_ptr_q[PTR_W-2:0] - rd_ptr_q[PTR_W-2:0];
  wire [PTR_W-1:0] wr_inc = wr_ptr_q + {{(PTR_W - 1){1'b0}}, 1'b1};
  wire             push   = s_valid && s_ready;
  wire             pop    = m_valid && m_ready;
  // Read ahead as long as there is room for the word by the time it arrives.
  wire             rd_en  = (end_ptr_q != rd_ptr_q) && (ahead_q != 2'd3);

  assign s_ready = !full_q && frm_ready;

  wire [DATA_W+CNT_W:0] ram_data;
  wire                  out_s_ready;
  wire [2:0]            out_level;
  wire [$clog2(FRAMES):0] frm_level;

  vnet_ram #(
    .W    (DATA_W + CNT_W + 1),
    .DEPTH(WORDS)
  ) u_mem (
    .clk    (clk),
    .wr_en  (push),
    .wr_addr(wr_ptr_q[PTR_W-2:0]),
    .wr_data({s_last, s_cnt, s_data}),
    .rd_en  (rd_en),
    .rd_addr(rd_ptr_q[PTR_W-2:0]),
    .rd_data(ram_data)
  );

  vnet_fifo #(
    .W    (DATA_W + CNT_W + 1),
    .DEPTH(4)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(read_q),
    .s_ready(out_s_ready),
    .s_data (ram_data),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_last, m_cnt, m_data}),
    .level  (out_level)
  );

  vnet_fifo_deep #(
    .W    (LEN_W + USER_W),
    .DEPTH(FRAMES)
  ) u_frm (
    .clk    (clk),
    .rst    (rst),
    .s_valid(push && s_last && !s_drop),
    .s_ready(frm_ready),
    .s_data ({s_len, s_user}),
    .m_valid(m_frm_valid),
    .m_ready(m_frm_ready),
    .m_data ({m_frm_len, m_frm_user}),
    .level  (frm_level)
  );

  always @(posedge clk) begin
    if (rd_en) begin
      full_q <= 1'b0;
    end else if (push) begin
      full_q <= (&used) && !(s_last && s_drop);
    end
    read_q  <= rd_en;
    ahead_q <= ahead_q + {1'b0, rd_en} - {1'b0, pop};
    if (push) begin
      wr_ptr_q <= (s_last && s_drop) ? end_ptr_q : wr_inc;
    end
    if (push && s_last && !s_drop) begin
      end_ptr_q <= wr_inc;
    end
    if (rd_en) begin
      rd_ptr_q <= rd_ptr_q + {{(PTR_W - 1){1'b0}}, 1'b1};
    end
    if (rst) begin
      wr_ptr_q  <= {PTR_W{1'b0}};
      end_ptr_q <= {PTR_W{1'b0}};
      rd_ptr_q  <= {PTR_W{1'b0}};
      full_q    <= 1'b0;
      read_q    <= 1'b0;
      ahead_q   <= 2'd0;
    end
  end

  // The place for a word was counted in ahead_q before it was read, so the output FIFO is never
  // full.
  wire unused_ok = &{1'b0, out_s_ready, out_level, frm_level};

endmodule

`default_nettype wire
