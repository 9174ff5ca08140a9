VERSION 5.8 ;
DIVIDERCHAR "/" ;
BUSBITCHARS "[]" ;
DESIGN {{top}} ;
UNITS DISTANCE MICRONS {{dbu_per_um}} ;

DIEAREA ( 0 0 ) ( {{die_w}} {{die_h}} ) ;
{{#tracks}}
TRACKS {{axis}} {{start}} DO {{count}} STEP {{step}} LAYER {{layer}} ;
{{/tracks}}

VIAS {{n_vias}} ;
{{#vias}}
- {{name}}{{#rects}} + RECT {{layer}} ( {{x0}} {{y0}} ) ( {{x1}} {{y1}} ){{/rects}} ;
{{/vias}}
END VIAS

COMPONENTS {{n_components}} ;
{{#components}}
- {{name}} {{master}} + PLACED ( {{x}} {{y}} ) {{orient}} ;
{{/components}}
END COMPONENTS

PINS {{n_pins}} ;
{{#pins}}
- {{name}} + NET {{name}}{{#special}} + SPECIAL{{/special}} + DIRECTION {{direction}} + USE {{use}}{{#rects}}
  + PORT + LAYER {{layer}} ( 0 0 ) ( {{w}} {{h}} ) + PLACED ( {{x0}} {{y0}} ) N{{/rects}} ;
{{/pins}}
END PINS

SPECIALNETS {{n_supplies}} ;
{{#supplies}}
- {{name}}{{#pin}} ( PIN {{pin}} ){{/pin}}{{#wildcard}} ( * {{wildcard}} ){{/wildcard}}{{#terms}} ( {{inst}} {{pin}} ){{#wrap}}
 {{/wrap}}{{/terms}}
{{#wires}}
{{#via}}
  + VIA {{via}} ( {{x0}} {{y0}} )
{{/via}}
{{^via}}
  + RECT {{layer}} ( {{x0}} {{y0}} ) ( {{x1}} {{y1}} )
{{/via}}
{{/wires}}
  + USE {{use}} ;
{{/supplies}}
END SPECIALNETS

NETS {{n_nets}} ;
{{#nets}}
- {{name}}{{#pin}} ( PIN {{pin}} ){{/pin}}{{#terms}} ( {{inst}} {{pin}} ){{#wrap}}
 {{/wrap}}{{/terms}}{{#use}} + USE {{use}}{{/use}}
{{#wires}}
  {{#first}}+ ROUTED{{/first}}{{^first}}  NEW{{/first}} {{#via}}{{below}} ( {{x0}} {{y0}} ) {{via}}{{/via}}{{#path}}{{layer}} ( {{x0}} {{y0}} ) ( {{x1}} {{y1}} ){{/path}}{{#rect}}{{layer}} ( {{x0}} {{y0}} ) RECT ( 0 0 {{w}} {{h}} ){{/rect}}
{{/wires}}
  ;
{{/nets}}
END NETS

END DESIGN
