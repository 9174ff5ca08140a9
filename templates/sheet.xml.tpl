<?xml version="1.0" encoding="UTF-8"?>
<sheet tech="{{tech}}" function="{{function}}" variant="{{variant}}" flavour="{{flavour}}" area="{{area}}um2" temp="{{temp}}C" vdd="{{vdd}}V" corners="{{points_n}}">
{{#parameters}}
  <parameter name="{{name}}" value="{{value}}"/>
{{/parameters}}
{{#figures}}
  <figure name="{{name}}" unit="{{unit}}"{{#min}} min="{{min}}"{{/min}}{{#typ}} typ="{{typ}}"{{/typ}}{{#max}} max="{{max}}" at="{{at}}"{{/max}}/>
{{/figures}}
  <provenance text="{{provenance}}"/>
</sheet>
