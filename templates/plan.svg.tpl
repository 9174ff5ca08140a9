<svg xmlns="http://www.w3.org/2000/svg" width="{{w}}" height="{{h}}" viewBox="0 0 {{w}} {{h}}">
<title>{{network}}, weight load {{cycle}} of {{cycles}}</title>
<style>
svg { background: #fff; font: 12px sans-serif; }
.core { fill: #ecece6; stroke: #222; }
.tile { stroke: #222; stroke-width: 0.3; fill-opacity: 0.85; }
.c0 { fill: #3a6ea5; } .c1 { fill: #d07a1f; } .c2 { fill: #3d8b4f; } .c3 { fill: #b0413e; } .c4 { fill: #8e5aa8; } .c5 { fill: #17808c; }
.c6 { fill: #a23b72; } .c7 { fill: #78781e; } .c8 { fill: #5a4632; } .c9 { fill: #28a0c8; } .c10 { fill: #e65a8c; } .c11 { fill: #4646c8; }
</style>
<text x="24" y="12">{{network}}, weight load {{cycle}} of {{cycles}}</text>
{{#cores}}
<rect class="core" x="{{x}}" y="{{y}}" width="{{w}}" height="{{h}}"><title>{{name}}</title></rect>
{{/cores}}
{{#tiles}}
<rect class="tile c{{colour}}" x="{{x}}" y="{{y}}" width="{{w}}" height="{{h}}"><title>{{layer}}: {{rows}} rows, {{cols}} columns</title></rect>
{{/tiles}}
{{#legend}}
<rect class="tile c{{colour}}" x="24" y="{{y}}" width="12" height="12"/>
<text x="42" y="{{ty}}">{{name}}: {{tiles}} tiles</text>
{{/legend}}
</svg>
