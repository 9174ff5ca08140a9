* {{design}}: {{#rc}}netlist with extracted parasitics{{/rc}}{{^rc}}netlist{{/rc}}, technology {{tech}}{{#predictive}} (generic models, no foundry's){{/predictive}}
* Subcircuits only: include this file and instantiate {{top}}.
.include "{{models}}"
{{#cells}}

* {{name}}{{#function}}: {{function}}{{/function}}{{#soft}}, digital: its function is in the VHDL view{{/soft}}
.subckt {{name}}{{#ports}}{{#wrap}}
+{{/wrap}} {{node}}{{/ports}}
{{#devices}}
{{#mos}}
{{#subckt}}
X{{name}} {{d}} {{g}} {{s}} {{b}} {{model}} w={{w}} l={{l}} m={{m}}
{{/subckt}}
{{^subckt}}
M{{name}} {{d}} {{g}} {{s}} {{b}} {{model}} w={{w}} l={{l}} as={{area}} ad={{area}} ps={{perimeter}} pd={{perimeter}} m={{m}}
{{/subckt}}
{{/mos}}
{{#cap}}
C{{name}} {{d}} {{g}} {{value}}
{{/cap}}
{{#res}}
R{{name}} {{d}} {{g}} {{value}}
{{/res}}
{{/devices}}
{{#wires}}
Cw:{{i}} {{a}} {{b}} {{farad}}
{{/wires}}
{{#elements}}
X{{name}}{{#terms}}{{#wrap}}
+{{/wrap}} {{node}}{{/terms}} {{master}}
{{/elements}}
{{#para}}
* {{net}}
{{#res}}
Rp:{{net}}:{{i}} {{a}} {{b}} {{ohm}}
{{/res}}
{{#caps}}
Cp:{{net}}:{{i}} {{a}} {{b}} {{farad}}
{{/caps}}
{{/para}}
.ends {{name}}
{{/cells}}
