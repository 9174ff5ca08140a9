<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{function}} {{variant}}, {{tech}}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1f23; background: #f6f6f3; margin: 0; }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.sub { color: #59616b; margin: 0 0 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; background: #fff; width: 100%; font-size: .9rem; }
th, td { border: 1px solid #dcdcd5; padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: #ecece6; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
p.source { overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>{{function}} {{variant}}</h1>
<p class="sub">{{title}}{{#predictive}}; generic, predictive: no foundry's data{{/predictive}}</p>
<h2>Parameters</h2>
<div class="wide"><table>
<tr><th>parameter</th><th class="n">value</th></tr>
{{#parameters}}
<tr><td>{{name}}</td><td class="n">{{value}}</td></tr>
{{/parameters}}
<tr><td>flavour of the analog switches</td><td class="n">{{flavour}}</td></tr>
<tr><td>outline at its natural pitch</td><td class="n">{{area}} um2</td></tr>
</table></div>
<h2>Figures</h2>
<p>Typical at {{temp}} °C, {{vdd}} V{{#points}}; min and max over the corners below and typical{{/points}}{{#op}}. Energy is of: {{op}}{{/op}}.</p>
<div class="wide"><table>
<tr><th>figure</th><th>meaning</th><th class="n">min</th><th class="n">typical</th><th class="n">max</th><th>unit</th><th>max at</th></tr>
{{#figures}}
<tr><td>{{name}}</td><td>{{help}}</td><td class="n">{{min}}</td><td class="n">{{typ}}</td><td class="n">{{max}}</td><td>{{unit}}</td><td>{{at}}</td></tr>
{{/figures}}
</table></div>
{{#points}}
<h2>Corners</h2>
<p>{{points}} points of process, temperature and supply. Capacitors and resistors are nominal; a figure without min and max is not simulated at corners.</p>
{{/points}}
<h2>Where the figures come from</h2>
<p class="source">{{provenance}}</p>
</main>
</body>
</html>
