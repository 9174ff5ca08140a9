*SPEF "IEEE 1481-1998"
*DESIGN "{{top}}"
*DATE "not recorded"
*VENDOR "apugen"
*PROGRAM "apugen"
*VERSION "1"
*DESIGN_FLOW "EXTERNAL_LOADS" "EXTERNAL_SLEWS" "MISSING_NETS"
*DIVIDER /
*DELIMITER :
*BUS_DELIMITER [ ]
*T_UNIT 1 PS
*C_UNIT 1 FF
*R_UNIT 1 OHM
*L_UNIT 1 HENRY

*NAME_MAP
{{#names}}
*{{id}} {{name}}
{{/names}}

*PORTS
{{#ports}}
{{name}} {{direction}}
{{/ports}}
{{#nets}}

*D_NET *{{id}} {{total}}
*CONN
{{#port}}
*P {{port}} {{port_direction}}
{{/port}}
{{#terms}}
*I {{inst}}:{{pin}} {{direction}} *D {{master}}
{{/terms}}
*CAP
{{#caps}}
{{i}} {{node}}{{#other}} {{other}}{{/other}} {{femto}}
{{/caps}}
*RES
{{#res}}
{{i}} {{a}} {{b}} {{ohm}}
{{/res}}
{{#terms}}
{{i}} {{node}} {{inst}}:{{pin}} {{ohm}}
{{/terms}}
{{#port}}
{{port_i}} {{port_node}} {{port}} {{attach_ohm}}
{{/port}}
*END
{{/nets}}
