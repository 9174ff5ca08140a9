<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cells of {{tech}}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1f23; background: #f6f6f3; margin: 0; }
main { max-width: 48rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
table { border-collapse: collapse; background: #fff; width: 100%; }
th, td { border: 1px solid #dcdcd5; padding: .35rem .6rem; text-align: left; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<main>
<h1>Cells of {{tech}}</h1>
<p>{{title}}{{#predictive}}; generic, predictive: no foundry's data{{/predictive}}</p>
<table>
<tr><th>function</th><th>variant</th><th class="n">outline, um2</th><th></th></tr>
{{#cells}}
<tr><td>{{function}}</td><td><a href="{{file}}.html">{{variant}}</a></td><td class="n">{{area}}</td><td><a href="{{file}}.xml">XML</a></td></tr>
{{/cells}}
</table>
</main>
</body>
</html>
