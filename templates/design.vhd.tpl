{{>digital.vhd}}
{{>noc.vhd}}
-- ---------------------------------------------------------------- structure, from the database
{{#blocks}}
library ieee;
use ieee.std_logic_1164.all;

entity {{name}} is
{{^chip}}
    generic (ID : natural := 0; EXACT : boolean := false);
{{/chip}}
{{#chip}}
    generic (EXACT : boolean := false);
{{/chip}}
    port (
{{#ports}}
        {{name}} : {{dir}} {{type}}{{^last}};{{/last}}
{{/ports}}
    );
end entity;

architecture structure of {{name}} is
{{#nets}}
    signal {{name}} : {{type}};
{{/nets}}
begin
{{#insts}}
    i_{{name}} : entity work.{{entity}}
{{#generics}}
        generic map ({{generics}})
{{/generics}}
        port map (
{{#maps}}
            {{port}} => {{actual}}{{^last}},{{/last}}
{{/maps}}
        );
{{/insts}}
end architecture;

{{/blocks}}
