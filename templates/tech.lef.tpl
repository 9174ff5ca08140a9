# {{tech_title}}{{#predictive}} (generic, no foundry's data){{/predictive}}
VERSION 5.8 ;
BUSBITCHARS "[]" ;
DIVIDERCHAR "/" ;
UNITS
  DATABASE MICRONS {{dbu_per_um}} ;
END UNITS
MANUFACTURINGGRID {{grid}} ;
{{#layers}}

LAYER {{name}}
{{#master}}
  TYPE MASTERSLICE ;
{{/master}}
{{#metal}}
  TYPE ROUTING ;
  DIRECTION {{#horizontal}}HORIZONTAL{{/horizontal}}{{^horizontal}}VERTICAL{{/horizontal}} ;
  PITCH {{pitch}} ;
  WIDTH {{width}} ;
{{#area}}
  AREA {{area}} ;
{{/area}}
{{^has_wide}}
  SPACING {{space}} ;
{{/has_wide}}
{{#has_wide}}
  SPACINGTABLE
    PARALLELRUNLENGTH 0
    WIDTH 0 {{space}}{{#wide}}
    WIDTH {{width}} {{space}}{{/wide}} ;
{{/has_wide}}
{{#r_sheet}}
  RESISTANCE RPERSQ {{r_sheet}} ;
{{/r_sheet}}
{{#height}}
  HEIGHT {{height}} ;
{{/height}}
{{#thickness}}
  THICKNESS {{thickness}} ;
{{/thickness}}
{{#j_max}}
  DCCURRENTDENSITY AVERAGE {{j_max}} ;
{{/j_max}}
{{/metal}}
{{#cut}}
  TYPE CUT ;
  SPACING {{space}} ;
  WIDTH {{width}} ;
  ENCLOSURE BELOW {{enc_below}} {{enc_below_side}} ;
  ENCLOSURE ABOVE {{enc_above}} {{enc_above_side}} ;
{{#r_cut}}
  RESISTANCE {{r_cut}} ;
{{/r_cut}}
{{/cut}}
END {{name}}
{{/layers}}

LAYER OVERLAP
  TYPE OVERLAP ;
END OVERLAP
{{#vias}}

VIA {{cut}}_default DEFAULT
{{#rects}}
  LAYER {{layer}} ;
    RECT {{x0}} {{y0}} {{x1}} {{y1}} ;
{{/rects}}
END {{cut}}_default
{{/vias}}

END LIBRARY
