// {{design}}, technology {{tech}}: real-number model of the crossbars (Icarus Verilog: iverilog -gverilog-ams).
// Voltages are wreal [V], charge is counted in unit capacitors times volt, capacitance in unit capacitors. Supplies are left out.
// Only scalar wreal ports are used, and no arrays of real: what the simulators agree on.
`timescale 1ns/1ps
{{#tiles}}

// {{n_rows}} rows of synapses. Weight of a synapse: bits 2..0 magnitude, bit 3 sign (1: negative).
// Q: charge on the top plates of a column, summed along the column; C: capacitance of the joined blocks.
module rnm_{{name}}(
{{#rows}}
  XP_{{i}}, XN_{{i}},
{{/rows}}
{{#cols}}
  QI_{{i}}, QO_{{i}},
{{/cols}}
  WL, BL, WE, EN, CI, CO);
  parameter real VCM = {{vcm}};
{{#rows}}
  input XP_{{i}}, XN_{{i}};
  wreal XP_{{i}}, XN_{{i}};
{{/rows}}
{{#cols}}
  input QI_{{i}};
  wreal QI_{{i}};
  output QO_{{i}};
  wreal QO_{{i}};
{{/cols}}
  input [4*{{n_rows}}-1:0] WL;
  input [{{n_cols}}-1:0] BL;
  input WE, EN, CI;
  wreal CI;
  output CO;
  wreal CO;
  reg [3:0] w [0:{{n_rows}}*{{n_cols}}-1];
  real p, n, co{{#cols}}, q_{{i}}, o_{{i}}{{/cols}};
  integer r, c, b;
  reg written;
  initial begin
    written = 0;
    for (r = 0; r < {{n_rows}}*{{n_cols}}; r = r + 1) w[r] = 0;
  end
  always @(WL or BL or WE) if (WE && WL != 0) begin
    for (r = 0; r < {{n_rows}}; r = r + 1)
      for (b = 0; b < 4; b = b + 1)
        if (WL[4*r+b]) for (c = 0; c < {{n_cols}}; c = c + 1) w[r*{{n_cols}}+c][b] = BL[c];
    written = ~written;
  end
  // The capacitors of set bits hang on the row, the others on VCM. The column moves against the rows, hence XN for +.
  always @(written{{#rows}} or XP_{{i}} or XN_{{i}}{{/rows}}) begin
{{#cols}}
    q_{{i}} = 0.0;
{{/cols}}
{{#rows}}
    p = XP_{{i}} - VCM;
    n = XN_{{i}} - VCM;
    r = {{i}}*{{n_cols}};
{{#synapses}}
    if (w[r+{{i}}][3]) q_{{i}} = q_{{i}} + w[r+{{i}}][2:0]*p; else q_{{i}} = q_{{i}} + w[r+{{i}}][2:0]*n;
{{/synapses}}
{{/rows}}
  end
{{#cols}}
  always @(q_{{i}} or QI_{{i}} or EN) if (EN) o_{{i}} = QI_{{i}} + q_{{i}}; else o_{{i}} = QI_{{i}};
  assign QO_{{i}} = o_{{i}};
{{/cols}}
  initial co = 0.0;
  always @(CI or EN) if (EN) co = CI + 7.0*{{n_rows}}; else co = CI;
  assign CO = co;
endmodule
{{/tiles}}

// X = VCM in the evaluate phase, else VCM +- D steps, swapped by the sign.
module rnm_row_driver(D, SGN, EVAL, XP, XN);
  parameter real VCM = {{vcm}};
  parameter real STEP = {{step}};
  input [2:0] D;
  input SGN, EVAL;
  output XP, XN;
  wreal XP, XN;
  real xp, xn;
  initial begin xp = VCM; xn = VCM; end
  always @(D or SGN or EVAL)
    if (EVAL !== 1'b0) begin xp = VCM; xn = VCM; end
    else if (SGN) begin xp = VCM - D*STEP; xn = VCM + D*STEP; end
    else begin xp = VCM + D*STEP; xn = VCM - D*STEP; end
  assign XP = xp;
  assign XN = xn;
endmodule

// Column ends and converter of two columns. A column is VCM while RST, then VCM + (charge now - charge at release) / C.
// SAR: largest code whose threshold VCM + (code - 2^(BITS-1)) / 2^BITS * VREF is not above the selected column.
module rnm_adc(QA, CA, QB, CB, RST, SELA, SELB, START, CLK, VREF, D, DONE);
  parameter integer BITS = 8;
  parameter real VCM = {{vcm}};
  input QA, CA, QB, CB, VREF;
  wreal QA, CA, QB, CB, VREF;
  input RST, SELA, SELB, START, CLK;
  output [BITS-1:0] D;
  output DONE;
  reg [BITS-1:0] D;
  reg DONE, keep;
  real qa, qb, ain, lsb;
  integer i, code;
  initial begin DONE = 0; D = 0; i = -1; qa = 0.0; qb = 0.0; keep = 0; end
  always @(negedge RST) begin qa = QA; qb = QB; end
  always @(posedge START) begin D = 1 << (BITS-1); i = BITS-1; DONE = 0; end
  always @(posedge CLK) if (i >= 0) begin
    ain = 0.0; // relative to VCM
    if (SELA && !RST && CA > 0.0) ain = (QA - qa)/CA;
    if (SELB && !RST && CB > 0.0) ain = (QB - qb)/CB;
    lsb = VREF/(1 << BITS);
    code = D;
    code = code - (1 << (BITS-1));
    keep = ain + 1.0e-6*lsb >= code*lsb; // ties go up
  end
  always @(negedge CLK) if (i >= 0) begin
    D[i] = keep;
    i = i - 1;
    if (i >= 0) D[i] = 1'b1; else DONE = 1;
  end
endmodule
{{#crossbars}}

// Ports as in the netlist. PHASE: 0 EVALIN, 1 RSTIN, 2 SELIN for even columns, 3 for odd, 4 WEIN, 5 CLKIN, 6 STARTIN.
module {{name}}(D, SGN, WLIN, BSEL, AD, DONE, DIN, PHASE, VREF);
  input [3*{{n_rows}}-1:0] D;
  input [{{n_rows}}-1:0] SGN;
  input [4*{{n_rows}}-1:0] WLIN;
  input [{{n_blocks}}-1:0] BSEL;
  output [{{n_adcs}}*{{bits}}-1:0] AD;
  output [{{n_adcs}}-1:0] DONE;
  input [{{n_cols}}-1:0] DIN;
  input [6:0] PHASE;
  input VREF;
  wreal VREF;
  wire [{{n_cols}}-1:0] BL = DIN;
{{#rows}}
  wreal XP_{{i}}, XN_{{i}};
  rnm_row_driver drv_{{i}}(.D(D[{{hi}}:{{lo}}]), .SGN(SGN[{{i}}]), .EVAL(PHASE[0]), .XP(XP_{{i}}), .XN(XN_{{i}}));
{{/rows}}
{{#links}}
  wreal q_{{col}}_{{k}};
{{#end}}
  assign q_{{col}}_{{k}} = 0.0;
{{/end}}
{{#first_col}}
  wreal c_{{col}}_{{k}};
{{#end}}
  assign c_{{col}}_{{k}} = 0.0;
{{/end}}
{{/first_col}}
{{/links}}
{{#tiles}}
  rnm_{{tile}} u_{{name}}(
{{#rows}}
    .XP_{{i}}(XP_{{xp}}), .XN_{{i}}(XN_{{xn}}),
{{/rows}}
{{#cols}}
    .QI_{{i}}(q_{{col}}_{{k}}), .QO_{{i}}(q_{{col}}_{{k1}}),
{{/cols}}
    .WL({{=<% %>=}}{<%#wl%><%^first%>, <%/first%>WLIN[<%bit%>]<%/wl%>}),
    .BL({<%#bl%><%^first%>, <%/first%>BL[<%bit%>]<%/bl%>}),<%={{ }}=%>
    .WE(PHASE[4]), .EN(BSEL[{{block}}]),
    .CI(c_{{col0}}_{{k}}), .CO(c_{{col0}}_{{k1}}));
{{/tiles}}
{{#adcs}}
  rnm_adc #(.BITS({{bits}})) adc_{{i}}(.QA(q_{{even}}_{{even_n}}), .CA(c_{{even_col0}}_{{even_n}}), .QB(q_{{odd}}_{{odd_n}}), .CB(c_{{odd_col0}}_{{odd_n}}),
    .RST(PHASE[1]), .SELA(PHASE[2]), .SELB(PHASE[3]), .START(PHASE[6]), .CLK(PHASE[5]), .VREF(VREF),
    .D(AD[{{hi}}:{{lo}}]), .DONE(DONE[{{i}}]));
{{/adcs}}
endmodule
{{/crossbars}}
