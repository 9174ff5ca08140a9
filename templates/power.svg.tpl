<svg xmlns="http://www.w3.org/2000/svg" width="{{total_w}}" height="{{total_h}}" viewBox="0 0 {{total_w}} {{total_h}}">
<title>{{design}}, {{tech}}: static drop of the supply mesh</title>
<style>
.d0 { fill: #313695; } .d1 { fill: #4575b4; } .d2 { fill: #74add1; } .d3 { fill: #abd9e9; } .d4 { fill: #e0f3f8; } .d5 { fill: #fee090; }
.d6 { fill: #fdae61; } .d7 { fill: #f46d43; } .d8 { fill: #d73027; } .d9 { fill: #a50026; }
.dtext { fill: #111; font: 12px sans-serif; } .dmark { fill: none; stroke: #111; stroke-width: 2; }
</style>
<g transform="translate(30,20)">
<rect width="{{w}}" height="{{h}}" fill="#fafaf7" stroke="#222" stroke-width="1.5"/>
{{#dots}}
<circle class="d{{colour}}" cx="{{x}}" cy="{{y}}" r="{{radius}}"><title>{{net}} ({{x_um}}, {{y_um}}) um: {{mv}} mV</title></circle>
{{/dots}}
{{#worst_net}}
<circle class="dmark" cx="{{worst_x}}" cy="{{worst_y}}" r="9"/>
{{/worst_net}}
{{#wire}}
<path class="dmark" d="M{{x}} {{y}}m-8 -8h16v16h-16z"/>
{{/wire}}
{{#cut}}
<path class="dmark" d="M{{x}} {{y}}m0 -10l10 10l-10 10l-10 -10z"/>
{{/cut}}
</g>
<g transform="translate({{legend_x}},30)">
{{#classes}}
<rect class="d{{colour}}" y="{{y}}" width="12" height="12" stroke="#333" stroke-width="0.4"/>
<text class="dtext" x="18" y="{{text_y}}">{{from}} – {{to}} mV</text>
{{/classes}}
{{#worst_net}}
<circle class="dmark" cx="6" cy="210" r="6"/>
<text class="dtext" x="18" y="214">worst node: {{worst_mv}} mV, {{vdd_percent}} % of VDD</text>
<text class="dtext" x="18" y="230">{{worst_net}} at ({{worst_x_um}}, {{worst_y_um}}) µm</text>
{{/worst_net}}
{{#wire}}
<path class="dmark" d="M0 250h12v12h-12z"/>
<text class="dtext" x="18" y="260">worst wire: {{layer}}, {{net}}, {{ua}} µA</text>
{{#limit_ua}}
<text class="dtext" x="18" y="276">{{percent}} % of {{limit_ua}} µA, its limit at {{at_c}} °C</text>
{{/limit_ua}}
{{/wire}}
{{#cut}}
<path class="dmark" d="M6 294l6 6l-6 6l-6 -6z"/>
<text class="dtext" x="18" y="304">worst cut: {{layer}}, {{net}}, {{ua}} µA</text>
{{#limit_ua}}
<text class="dtext" x="18" y="320">{{percent}} % of {{limit_ua}} µA, its limit at {{at_c}} °C</text>
{{/limit_ua}}
{{/cut}}
<text class="dtext" y="350">{{nodes}} nodes; a dot is the worst of its tile of {{tile_um}} µm</text>
<text class="dtext" y="366">{{top}}, {{tech}}: {{die_w_um}} × {{die_h_um}} µm</text>
</g>
</svg>
