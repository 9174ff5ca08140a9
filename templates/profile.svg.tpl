<svg xmlns="http://www.w3.org/2000/svg" width="{{w}}" height="{{h}}" viewBox="0 0 {{w}} {{h}}">
<title>{{network}}: {{macs}} multiplications, {{params}} parameters</title>
<style>
svg { background: #fff; font: 12px sans-serif; fill: #1c1f23; }
.name { text-anchor: end; } .head { font-weight: bold; } .value { font-size: 10px; fill: #59616b; }
.c0 { fill: #3a6ea5; } .c1 { fill: #3d8b4f; } .c2 { fill: #d07a1f; } .c3 { fill: #8e5aa8; }
</style>
<text x="10" y="22" class="head">{{network}}: {{macs}} multiplications, {{params}} parameters</text>
{{#heads}}
<text x="{{x}}" y="48" class="head">{{title}}</text>
{{/heads}}
{{#rows}}
<text class="name" x="160" y="{{ty}}">{{name}}<title>{{op}}</title></text>
{{#bars}}
<rect class="c{{colour}}" x="{{x}}" y="{{y}}" width="{{w}}" height="14"/>
<text class="value" x="{{tx}}" y="{{ty}}">{{value}}</text>
{{/bars}}
{{/rows}}
</svg>
