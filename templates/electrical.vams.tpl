// {{design}}, technology {{tech}}: leaf cells with electrical ports, for Verilog-A compilers. Transistors are gate-controlled
// conductances (threshold and drive current of the technology); accurate simulation is done with netlist.sp.
`include "disciplines.vams"
{{#cells}}

// {{function}}
module {{name}}({{#ports}}{{^first}}, {{/first}}{{name}}{{/ports}});
{{#ports}}
  inout {{name}};
  electrical {{name}};
{{/ports}}
{{#nets}}
  electrical {{name}};
{{/nets}}
  analog begin
{{#devices}}
{{#nmos}}
    I({{d}}, {{s}}) <+ {{siemens}}*V({{d}}, {{s}})*0.5*(1.0 + tanh((V({{g}}) - min(V({{d}}), V({{s}})) - {{vt}})/0.05));
{{/nmos}}
{{#pmos}}
    I({{d}}, {{s}}) <+ {{siemens}}*V({{d}}, {{s}})*0.5*(1.0 + tanh((max(V({{d}}), V({{s}})) - V({{g}}) - {{vt}})/0.05));
{{/pmos}}
{{#cap}}
    I({{d}}, {{g}}) <+ {{value}}*ddt(V({{d}}, {{g}}));
{{/cap}}
{{#res}}
    I({{d}}, {{g}}) <+ V({{d}}, {{g}})/{{value}};
{{/res}}
{{/devices}}
  end
endmodule
{{/cells}}
