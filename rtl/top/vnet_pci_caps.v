// vnet_pci_caps: the virtio capabilities of a PCI function, with access to the registers through them
// SPDX-License-Identifier: Apache-2.0
//
// A PCIe hard block owns the header of the configuration space, MSI-X and what PCI Express asks for;
// reads and writes of other registers it hands to user logic. This module is that logic: a list of five
// virtio capabilities, 88 bytes from CAP_BASE on, that say where the structures of vnet_top are. The last
// one, PCI_CFG, lets a driver reach the registers before the BAR is mapped; so the module sits between
// the bridge of the BAR (s_axil) and vnet_top (m_axil) and carries out both kinds of access in turn.
//
//   offset   capability                 structure in the BAR
//   + 0x00   1 COMMON_CFG, 16 bytes     BAR_OFFSET + 0x0000, 64 bytes
//   + 0x10   2 NOTIFY_CFG, 20 bytes     BAR_OFFSET + 0x1000, 4096 bytes, multiplier 4
//   + 0x24   3 ISR_CFG,    16 bytes     BAR_OFFSET + 0x0100, 4 bytes
//   + 0x34   4 DEVICE_CFG, 16 bytes     BAR_OFFSET + 0x0200, 12 bytes
//   + 0x44   5 PCI_CFG,    20 bytes     bar, offset, length and pci_cfg_data are writable
//
// A read or write of pci_cfg_data is carried out if bar is BAR, offset lies in the registers and length is
// 1, 2 or 4 and divides offset; otherwise it only reads or writes pci_cfg_data itself.
//
// Configuration requests are pulses of cfg_ext_read_received or cfg_ext_write_received, one at a time;
// requests for other registers are ignored and never answered. The port cannot push back: up to 16
// requests wait, more than a host can send while one register access is held back (a device reset). An
// overflowing write is lost.
//
// rst is the reset of vnet_top, active high.
//
// Latency:       configuration read 3 cycles, pci_cfg_data 5 more than vnet_top takes; s_axil 5 cycles
//                more than vnet_top.
// Throughput:    one access at a time.
// Back-pressure: s_axil waits during an access through PCI_CFG and the other way round; the two take turns.
// Errors:        an error response of m_axil reads as zero and is not passed on (vnet_top has none).
// Spec:          virtio 1.4, "Virtio Structure PCI Capabilities", "PCI configuration access capability".
`default_nettype none

module vnet_pci_caps #(
  // Place of the first capability in configuration space, a multiple of 4, 64..168.
  parameter integer CAP_BASE   = 144,
  // Next pointer of the last capability, a multiple of 4; 0: the list ends here.
  parameter integer CAP_NEXT   = 0,
  // BAR that holds the registers, 0..5.
  parameter integer BAR        = 0,
  // Place of the registers in the BAR, a multiple of 16384.
  parameter integer BAR_OFFSET = 0
) (
  input  wire        clk,
  input  wire        rst,

  // Configuration requests of the hard block; register numbers count words.
  input  wire        cfg_ext_read_received,
  input  wire        cfg_ext_write_received,
  input  wire [9:0]  cfg_ext_register_number,
  input  wire [31:0] cfg_ext_write_data,
  input  wire [3:0]  cfg_ext_write_byte_enable,
  output wire [31:0] cfg_ext_read_data,
  output wire        cfg_ext_read_data_valid,

  // Registers, from the bridge of the BAR.
  input  wire [15:0] s_axil_awaddr,
  input  wire [2:0]  s_axil_awprot,
  input  wire        s_axil_awvalid,
  output wire        s_axil_awready,
  input  wire [31:0] s_axil_wdata,
  input  wire [3:0]  s_axil_wstrb,
  input  wire        s_axil_wvalid,
  output wire        s_axil_wready,
  output wire [1:0]  s_axil_bresp,
  output wire        s_axil_bvalid,
  input  wire        s_axil_bready,
  input  wire [15:0] s_axil_araddr,
  input  wire [2:0]  s_axil_arprot,
  input  wire        s_axil_arvalid,
  output wire        s_axil_arready,
  output wire [31:0] s_axil_rdata,
  output wire [1:0]  s_axil_rresp,
  output wire        s_axil_rvalid,
  input  wire        s_axil_rready,

  // Registers, to vnet_top.
  output wire [15:0] m_axil_awaddr,
  output wire [2:0]  m_axil_awprot,
  output wire        m_axil_awvalid,
  input  wire        m_axil_awready,
  output wire [31:0] m_axil_wdata,
  output wire [3:0]  m_axil_wstrb,
  output wire        m_axil_wvalid,
  input  wire        m_axil_wready,
  input  wire [1:0]  m_axil_bresp,
  input  wire        m_axil_bvalid,
  output wire        m_axil_bready,
  output wire [15:0] m_axil_araddr,
  output wire [2:0]  m_axil_arprot,
  output wire        m_axil_arvalid,
  input  wire        m_axil_arready,
  input  wire [31:0] m_axil_rdata,
  input  wire [1:0]  m_axil_rresp,
  input  wire        m_axil_rvalid,
  output wire        m_axil_rready
);

  localparam integer FIRST_WORD  = CAP_BASE / 4;
  localparam integer CAP_NOTIFY  = CAP_BASE + 16;
  localparam integer CAP_ISR     = CAP_BASE + 36;
  localparam integer CAP_DEVICE  = CAP_BASE + 52;
  localparam integer CAP_PCI_CFG = CAP_BASE + 68;
  localparam [9:0]   CAP_WORDS   = 10'd22;
  localparam [31:0]  BASE        = BAR_OFFSET;
  // Words of PCI_CFG, counted from CAP_BASE.
  localparam [4:0]   WORD_BAR    = 5'd18;
  localparam [4:0]   WORD_OFFSET = 5'd19;
  localparam [4:0]   WORD_LENGTH = 5'd20;
  localparam [4:0]   WORD_DATA   = 5'd21;

  vnet_param_check #(
    .OK((CAP_BASE >= 64) && (CAP_BASE <= 168) && (CAP_BASE % 4 == 0))
  ) u_cap_base_must_be_a_multiple_of_4_in_64_to_168 ();
  vnet_param_check #(
    .OK((CAP_NEXT >= 0) && (CAP_NEXT <= 252) && (CAP_NEXT % 4 == 0))
  ) u_cap_next_must_be_a_multiple_of_4_up_to_252 ();
  vnet_param_check #(.OK((BAR >= 0) && (BAR <= 5))) u_bar_must_be_0_to_5 ();
  vnet_param_check #(.OK(BAR_OFFSET % 16384 == 0)) u_bar_offset_must_be_a_multiple_of_16384 ();

  // ---------------------------------------------------------------------------- configuration requests

  wire        cfg_mine = (cfg_ext_register_number >= FIRST_WORD[9:0])
                         && (cfg_ext_register_number < FIRST_WORD[9:0] + CAP_WORDS);
  wire [9:0]  cfg_word = cfg_ext_register_number - FIRST_WORD[9:0];
  wire        req_valid;
  wire        req_ready;
  wire        req_write;
  wire [4:0]  req_word;
  wire [31:0] req_data;
  wire [3:0]  req_strb;
  wire        fifo_ready;
  wire [4:0]  fifo_level;

  vnet_fifo #(
    .W    (42),
    .DEPTH(16)
  ) u_requests (
    .clk    (clk),
    .rst    (rst),
    .s_valid(cfg_mine && (cfg_ext_read_received || cfg_ext_write_received)),
    .s_ready(fifo_ready),
    .s_data ({cfg_ext_write_received, cfg_word[4:0], cfg_ext_write_byte_enable, cfg_ext_write_data}),
    .m_valid(req_valid),
    .m_ready(req_ready),
    .m_data ({req_write, req_word, req_strb, req_data}),
    .level  (fifo_level)
  );

  // PCI_CFG.
  reg [7:0]  win_bar_q;
  reg [31:0] win_offset_q;
  reg [31:0] win_length_q;
  reg [31:0] win_data_q;

  wire [31:0] win_place = win_offset_q - BASE;
  wire        win_legal = (win_bar_q == BAR[7:0]) && (win_place[31:14] == 18'd0)
                          && ((win_length_q == 32'd1)
                              || ((win_length_q == 32'd2) && !win_offset_q[0])
                              || ((win_length_q == 32'd4) && (win_offset_q[1:0] == 2'd0)));
  wire [3:0]  win_bytes = win_length_q[2] ? 4'b1111 : win_length_q[1] ? 4'b0011 : 4'b0001;
  wire [4:0]  win_shift = {win_offset_q[1:0], 3'd0};

  // Access through PCI_CFG: requested, being done, done.
  reg  win_req_q;
  reg  win_wait_q;
  wire win_done;
  wire [31:0] win_rdata;

  wire touches_data = (req_word == WORD_DATA) && win_legal && (!req_write || (req_strb != 4'd0));
  wire take         = req_valid && !win_wait_q;
  // Other requests are done at once, this one when its access is.
  wire starts_win   = take && touches_data;
  wire finishes     = (take && !touches_data) || (win_wait_q && win_done);
  assign req_ready  = finishes;

  function automatic [31:0] merge(input [31:0] old, input [31:0] data, input [3:0] strb);
    integer i;
    begin
      for (i = 0; i < 4; i = i + 1) begin
        merge[8*i +: 8] = strb[i] ? data[8*i +: 8] : old[8*i +: 8];
      end
    end
  endfunction

  // First word of a capability: vendor-specific ID, next, length, type.
  function automatic [31:0] head(input [7:0] next, input [7:0] length, input [7:0] kind);
    head = {kind, length, next, 8'h09};
  endfunction

  reg [31:0] read_word;
  always @* begin
    case (req_word)
      5'd0:    read_word = head(CAP_NOTIFY[7:0], 8'd16, 8'd1);
      5'd2:    read_word = BASE;
      5'd3:    read_word = 32'd64;
      5'd4:    read_word = head(CAP_ISR[7:0], 8'd20, 8'd2);
      5'd6:    read_word = BASE + 32'h1000;
      5'd7:    read_word = 32'h1000;
      5'd8:    read_word = 32'd4;
      5'd9:    read_word = head(CAP_DEVICE[7:0], 8'd16, 8'd3);
      5'd11:   read_word = BASE + 32'h100;
      5'd12:   read_word = 32'd4;
      5'd13:   read_word = head(CAP_PCI_CFG[7:0], 8'd16, 8'd4);
      5'd15:   read_word = BASE + 32'h200;
      5'd16:   read_word = 32'd12;
      5'd17:   read_word = head(CAP_NEXT[7:0], 8'd20, 8'd5);
      5'd1, 5'd5, 5'd10, 5'd14: read_word = {24'd0, BAR[7:0]};
      WORD_BAR:    read_word = {24'd0, win_bar_q};
      WORD_OFFSET: read_word = win_offset_q;
      WORD_LENGTH: read_word = win_length_q;
      default:     read_word = win_data_q;
    endcase
  end

  // The answer of an access replaces the bytes of its length only.
  wire [31:0] win_read = merge(win_data_q, win_rdata >> win_shift, win_bytes);

  reg        rd_valid_q;
  reg [31:0] rd_data_q;
  assign cfg_ext_read_data       = rd_data_q;
  assign cfg_ext_read_data_valid = rd_valid_q;

  always @(posedge clk) begin
    rd_valid_q <= finishes && !req_write;
    rd_data_q  <= win_wait_q ? win_read : read_word;

    if (starts_win) begin
      win_wait_q <= 1'b1;
      win_req_q  <= 1'b1;
    end else begin
      win_req_q <= 1'b0;
      if (win_done) begin
        win_wait_q <= 1'b0;
      end
    end

    if (take && req_write) begin
      case (req_word)
        WORD_BAR:    win_bar_q    <= req_strb[0] ? req_data[7:0] : win_bar_q;
        WORD_OFFSET: win_offset_q <= merge(win_offset_q, req_data, req_strb);
        WORD_LENGTH: win_length_q <= merge(win_length_q, req_data, req_strb);
        WORD_DATA:   win_data_q   <= merge(win_data_q, req_data, req_strb);
        default:     ;
      endcase
    end
    if (win_wait_q && win_done && !req_write) begin
      win_data_q <= win_read;
    end

    if (rst) begin
      rd_valid_q   <= 1'b0;
      win_wait_q   <= 1'b0;
      win_req_q    <= 1'b0;
      win_bar_q    <= 8'd0;
      win_offset_q <= 32'd0;
      win_length_q <= 32'd0;
      win_data_q   <= 32'd0;
    end
  end

  // --------------------------------------------------------------------------------- register accesses

  wire        bar_en;
  wire        bar_write;
  wire [15:0] bar_addr;
  wire [31:0] bar_wdata;
  wire [3:0]  bar_wstrb;
  wire        bar_done;
  wire [31:0] answer;

  vnet_axil_slave #(
    .ADDR_W(16)
  ) u_bar (
    .clk           (clk),
    .rst           (rst),
    .s_axil_awaddr (s_axil_awaddr),
    .s_axil_awprot (s_axil_awprot),
    .s_axil_awvalid(s_axil_awvalid),
    .s_axil_awready(s_axil_awready),
    .s_axil_wdata  (s_axil_wdata),
    .s_axil_wstrb  (s_axil_wstrb),
    .s_axil_wvalid (s_axil_wvalid),
    .s_axil_wready (s_axil_wready),
    .s_axil_bresp  (s_axil_bresp),
    .s_axil_bvalid (s_axil_bvalid),
    .s_axil_bready (s_axil_bready),
    .s_axil_araddr (s_axil_araddr),
    .s_axil_arprot (s_axil_arprot),
    .s_axil_arvalid(s_axil_arvalid),
    .s_axil_arready(s_axil_arready),
    .s_axil_rdata  (s_axil_rdata),
    .s_axil_rresp  (s_axil_rresp),
    .s_axil_rvalid (s_axil_rvalid),
    .s_axil_rready (s_axil_rready),
    .m_reg_en      (bar_en),
    .m_reg_write   (bar_write),
    .m_reg_addr    (bar_addr),
    .m_reg_wdata   (bar_wdata),
    .m_reg_wstrb   (bar_wstrb),
    .m_reg_done    (bar_done),
    .m_reg_rdata   (answer)
  );

  // Who waits for the master, and who has it. An access waits only while one of the other kind goes on, and
  // there is one of each kind at most: that is a turn each.
  reg        bar_wait_q;
  reg        win_turn_q;
  reg        busy_q;
  reg        owner_win_q;
  reg        aw_valid_q;
  reg        w_valid_q;
  reg        ar_valid_q;
  reg [15:0] addr_q;
  reg [31:0] wdata_q;
  reg [3:0]  wstrb_q;

  wire [13:0] win_addr  = {win_place[13:2], 2'd0};
  wire        start_bar = !busy_q && bar_wait_q;
  wire        start_win = !busy_q && win_turn_q && !bar_wait_q;
  wire        is_write  = start_win ? req_write : bar_write;
  wire        done      = busy_q && (m_axil_bvalid || m_axil_rvalid);

  assign bar_done  = done && !owner_win_q;
  assign win_done  = done && owner_win_q;
  assign answer    = m_axil_rdata;
  assign win_rdata = m_axil_rdata;

  assign m_axil_awaddr  = addr_q;
  assign m_axil_awprot  = 3'd0;
  assign m_axil_awvalid = aw_valid_q;
  assign m_axil_wdata   = wdata_q;
  assign m_axil_wstrb   = wstrb_q;
  assign m_axil_wvalid  = w_valid_q;
  assign m_axil_bready  = 1'b1;
  assign m_axil_araddr  = addr_q;
  assign m_axil_arprot  = 3'd0;
  assign m_axil_arvalid = ar_valid_q;
  assign m_axil_rready  = 1'b1;

  // vnet_top answers everything OKAY; the level and an overflow of the FIFO interest nobody.
  wire unused_ok = &{1'b0, m_axil_bresp, m_axil_rresp, fifo_ready, fifo_level, cfg_word[9:5],
                       win_place[1:0]};

  always @(posedge clk) begin
    if (bar_en) begin
      bar_wait_q <= 1'b1;
    end else if (start_bar) begin
      bar_wait_q <= 1'b0;
    end
    if (win_req_q) begin
      win_turn_q <= 1'b1;
    end else if (start_win) begin
      win_turn_q <= 1'b0;
    end

    if (start_bar || start_win) begin
      busy_q      <= 1'b1;
      owner_win_q <= start_win;
      addr_q      <= start_win ? {2'd0, win_addr} : bar_addr;
      wdata_q     <= start_win ? win_data_q << win_shift : bar_wdata;
      wstrb_q     <= start_win ? win_bytes << win_offset_q[1:0] : bar_wstrb;
      aw_valid_q  <= is_write;
      w_valid_q   <= is_write;
      ar_valid_q  <= !is_write;
    end else begin
      if (done) begin
        busy_q <= 1'b0;
      end
      if (m_axil_awready) begin
        aw_valid_q <= 1'b0;
      end
      if (m_axil_wready) begin
        w_valid_q <= 1'b0;
      end
      if (m_axil_arready) begin
        ar_valid_q <= 1'b0;
      end
    end

    if (rst) begin
      bar_wait_q <= 1'b0;
      win_turn_q <= 1'b0;
      busy_q     <= 1'b0;
      aw_valid_q <= 1'b0;
      w_valid_q  <= 1'b0;
      ar_valid_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
