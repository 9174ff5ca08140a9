/* {{title}}{{#predictive}}: generic, predictive, no foundry's data{{/predictive}}.
   Simulated in {{simulator}} at {{process}}, {{temp}} C, {{vdd}} V by `apugen characterize`; circuits without wires inside. */
library ({{library}}) {
  delay_model : table_lookup;
  time_unit : "1ps";
  voltage_unit : "1V";
  current_unit : "1uA";
  capacitive_load_unit (1, ff);
  leakage_power_unit : "1nW";
  pulling_resistance_unit : "1kohm";
  nom_process : 1;
  nom_temperature : {{temp}};
  nom_voltage : {{vdd}};
  operating_conditions ({{process}}) {
    process : 1;
    temperature : {{temp}};
    voltage : {{vdd}};
  }
  default_operating_conditions : {{process}};
  input_threshold_pct_rise : 50;
  input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50;
  output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20;
  slew_lower_threshold_pct_fall : 20;
  slew_upper_threshold_pct_rise : 80;
  slew_upper_threshold_pct_fall : 80;
  slew_derate_from_library : 1;
  default_max_transition : {{max_slew}};
  lu_table_template (timing) {
    variable_1 : input_net_transition;
    variable_2 : total_output_net_capacitance;
    index_1 ("{{slews}}");
    index_2 ("{{loads}}");
  }
  power_lut_template (energy) {
    variable_1 : input_transition_time;
    variable_2 : total_output_net_capacitance;
    index_1 ("{{slews}}");
    index_2 ("{{loads}}");
  }
{{#cells}}
  cell ({{name}}) {
    area : {{area}};
    cell_leakage_power : {{leak}};
{{#flop}}
    ff (IQ, IQN) {
      next_state : "D";
      clocked_on : "!CK";
      clear : "RST | !RSTB";
    }
{{/flop}}
{{#latch}}
    latch (IQ, IQN) {
      data_in : "D";
      enable : "G";
      clear : "!RSTB";
    }
{{/latch}}
{{#inputs}}
    pin ({{pin}}) {
      direction : input;
      capacitance : {{cap}};
{{#clock}}
      clock : true;
{{/clock}}
{{#constraints}}
      timing () {
        related_pin : "{{related}}";
        timing_type : {{type}};
        rise_constraint (scalar) { values ("{{rise}}"); }
        fall_constraint (scalar) { values ("{{fall}}"); }
      }
{{/constraints}}
    }
{{/inputs}}
    pin ({{output}}) {
      direction : output;
      max_capacitance : {{max_load}};
      function : "{{function}}";
{{#arcs}}
      timing () {
        related_pin : "{{pin}}";
{{#type}}
        timing_type : {{type}};
{{/type}}
        timing_sense : {{sense}};
{{#tables}}
        {{kind}} (timing) {
          values ({{&values}});
        }
{{/tables}}
      }
{{#power}}
      internal_power () {
        related_pin : "{{pin}}";
{{#energies}}
        {{kind}} (energy) {
          values ({{&values}});
        }
{{/energies}}
      }
{{/power}}
{{/arcs}}
    }
  }
{{/cells}}
}
