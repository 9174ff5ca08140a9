<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}</title>
<style>
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1f23; background: #f6f6f3; margin: 0; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
.sub { color: #59616b; margin: 0 0 1.5rem; }
nav a { color: #245a8d; margin-right: 1rem; white-space: nowrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; margin: 1.5rem 0; }
.figure { background: #fff; border: 1px solid #dcdcd5; border-top: 4px solid #8a939d; border-radius: 4px; padding: .75rem 1rem; }
.figure b { display: block; font-size: 1.6rem; line-height: 1.2; }
.figure small { color: #59616b; }
.figure.good { border-top-color: #3d8b4f; } .figure.warn { border-top-color: #d07a1f; } .figure.bad { border-top-color: #b3302c; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; background: #fff; width: 100%; font-size: .9rem; }
th, td { border: 1px solid #dcdcd5; padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: #ecece6; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.good td:first-child { box-shadow: inset 4px 0 #3d8b4f; }
tr.warn td:first-child { box-shadow: inset 4px 0 #d07a1f; }
tr.bad td:first-child { box-shadow: inset 4px 0 #b3302c; }
.layout { background: #fff; border: 1px solid #dcdcd5; overflow: auto; }
.layout svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
<main>
<h1>{{title}}</h1>
{{#subtitle}}
<p class="sub">{{subtitle}}</p>
{{/subtitle}}
<nav>{{#tables}}<a href="#t{{index}}">{{title}}</a> {{/tables}}{{#svg}}<a href="#layout">Layout</a> {{/svg}}{{#drops}}<a href="#drops">Supply</a>{{/drops}}</nav>
<div class="figures">
{{#figures}}
<div class="figure {{mark}}">{{name}}<b>{{value}}</b>{{#note}}<small>{{note}}</small>{{/note}}</div>
{{/figures}}
</div>
{{#tables}}
<h2 id="t{{index}}">{{title}}</h2>
{{#text}}
<p>{{text}}</p>
{{/text}}
<div class="wide"><table>
<tr>{{#head}}<th{{#numeric}} class="n"{{/numeric}}>{{text}}</th>{{/head}}</tr>
{{#rows}}
<tr{{#mark}} class="{{mark}}"{{/mark}}>{{#cells}}<td{{#numeric}} class="n"{{/numeric}}>{{text}}</td>{{/cells}}</tr>
{{/rows}}
</table></div>
{{/tables}}
{{#svg}}
<h2 id="layout">Layout</h2>
<div class="layout">
{{{svg}}}
</div>
{{/svg}}
{{#drops}}
<h2 id="drops">Static drop of the supply mesh (power.svg)</h2>
<div class="layout">
{{{drops}}}
</div>
{{/drops}}
</main>
</body>
</html>
