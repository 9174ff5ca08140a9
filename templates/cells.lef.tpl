# cells of {{design}}, technology {{tech}}
VERSION 5.8 ;
BUSBITCHARS "[]" ;
DIVIDERCHAR "/" ;
{{#macros}}

# {{function}}{{#soft}} (digital soft macro){{/soft}}
MACRO {{name}}
  CLASS BLOCK ;
  FOREIGN {{name}} 0 0 ;
  ORIGIN 0 0 ;
  SIZE {{width}} BY {{height}} ;
  SYMMETRY X Y R90 ;
{{#pins}}
  PIN {{name}}
    DIRECTION {{direction}} ;
    USE {{use}} ;
{{#has_rects}}
    PORT
{{#rects}}
      LAYER {{layer}} ;
        RECT {{x0}} {{y0}} {{x1}} {{y1}} ;
{{/rects}}
    END
{{/has_rects}}
  END {{name}}
{{/pins}}
{{#has_obs}}
  OBS
{{#has_parts}}
    LAYER OVERLAP ;
{{#parts}}
      RECT {{x0}} {{y0}} {{x1}} {{y1}} ;
{{/parts}}
{{/has_parts}}
{{#obs}}
    LAYER {{layer}} ;
      RECT {{x0}} {{y0}} {{x1}} {{y1}} ;
{{/obs}}
  END
{{/has_obs}}
END {{name}}
{{/macros}}

END LIBRARY
