<svg xmlns="http://www.w3.org/2000/svg" width="{{total_w}}" height="{{total_h}}" viewBox="0 0 {{total_w}} {{total_h}}">
<title>{{design}}, {{tech}}: {{die_w_um}} x {{die_h_um}} um</title>
<style>
svg { background: #fff; font-family: sans-serif; }
.die { fill: #fafaf7; stroke: #222; stroke-width: 1.5; }
.block { fill: none; stroke: #444; stroke-width: 0.8; }
.cell, .array { stroke: #333; stroke-width: 0.4; fill-opacity: 0.75; }
.grid { stroke: #333; stroke-width: 0.2; stroke-opacity: 0.6; fill: none; }
.name { fill: #111; text-anchor: middle; dominant-baseline: central; }
.text { fill: #111; font-size: 12px; }
.c0 { fill: #8dbfd6; } .c1 { fill: #f2c078; } .c2 { fill: #a8d08d; } .c3 { fill: #e39aa1; } .c4 { fill: #b9a7d8; } .c5 { fill: #f4e285; }
.c6 { fill: #7fc8b8; } .c7 { fill: #d9a679; } .c8 { fill: #c3c9d0; } .c9 { fill: #e8b4dc; } .c10 { fill: #9aa9e0; } .c11 { fill: #cfe08a; }
.wire { fill-opacity: 0.8; fill: #666; }
.m1 { fill: #3a6ea5; } .m2 { fill: #b0413e; } .m3 { fill: #3d8b4f; } .m4 { fill: #8e5aa8; } .m5 { fill: #d07a1f; } .m6 { fill: #17808c; } .m7 { fill: #a23b72; }
</style>
<g transform="translate(30,20)">
<rect class="die" width="{{w}}" height="{{h}}"/>
{{#items}}
{{#block}}
<rect class="block" x="{{x}}" y="{{y}}" width="{{w}}" height="{{h}}"><title>{{name}}</title></rect>
{{/block}}
{{#cell}}
<rect class="cell c{{colour}}" x="{{x}}" y="{{y}}" width="{{w}}" height="{{h}}"><title>{{name}}: {{function}}</title></rect>
{{#label}}
<text class="name" x="{{cx}}" y="{{cy}}" font-size="{{label}}">{{name}}</text>
{{/label}}
{{/cell}}
{{#array}}
<rect class="array c{{colour}}" x="{{x}}" y="{{y}}" width="{{w}}" height="{{h}}"><title>{{name}}: {{nx}} x {{ny}} {{function}}</title></rect>
<path class="grid" d="M{{x}} {{y}}{{#columns}}M{{at_x}} {{y}}v{{h}}{{/columns}}{{#rows}}M{{x}} {{at_y}}h{{w}}{{/rows}}"/>
{{#label}}
<text class="name" x="{{cx}}" y="{{cy}}" font-size="{{label}}">{{name}}</text>
{{/label}}
{{/array}}
{{#wire}}
<rect class="wire m{{level}}" x="{{x}}" y="{{y}}" width="{{w}}" height="{{h}}"/>
{{/wire}}
{{/items}}
</g>
<g transform="translate({{legend_x}},30)">
{{#legend}}
<rect class="cell c{{colour}}" y="{{y}}" width="12" height="12"/>
<text class="text" x="18" y="{{text_y}}">{{function}}, {{count}}</text>
{{/legend}}
{{#levels}}
<rect class="wire m{{level}}" y="{{y}}" width="12" height="12"/>
<text class="text" x="18" y="{{text_y}}">wires on {{name}}</text>
{{/levels}}
</g>
<g transform="translate(30,{{bar_y}})">
<path d="M0 -5V5M0 0H{{bar_w}}M{{bar_w}} -5v10" stroke="#111" fill="none"/>
<text class="text" x="4" y="-6">{{bar_um}} µm</text>
<text class="text" y="20">{{top}}, {{tech}}: {{die_w_um}} × {{die_h_um}} µm</text>
</g>
</svg>
