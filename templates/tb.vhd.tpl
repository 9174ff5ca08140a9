-- apugen {{version}}: testbench of {{design}}: plays the host. Lines of tb_host.txt:
--   W address data   write one word (hexadecimal)        N n        let n clocks pass
--   G                start the program, wait until it stops    D base n   append n words of the feature maps to tb_out.txt
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.textio.all;

entity tb is
    generic (EXACT : boolean := false; SCRIPT : string := "tb_host.txt"; RESULT : string := "tb_out.txt"; LIMIT : natural := 2000000000);
end entity;

architecture sim of tb is
    signal clk, rstn, hwe : std_logic := '0';
    signal busy : std_logic;
    signal haddr : std_logic_vector(19 downto 0) := (others => '0');
    signal hwdata, hrdata : std_logic_vector(31 downto 0) := (others => '0');
    signal vref : std_logic;
    signal finished : boolean := false;
begin
    clk <= not clk after 5 ns when not finished else '0';

    dut : entity work.chip generic map (EXACT => EXACT) port map (
        HCLK => clk, HRSTN => rstn, HWE => hwe, HADDR => haddr, HWDATA => hwdata, HRDATA => hrdata, BUSY => busy, VREF => vref);

    process
        file script_file : text open read_mode is SCRIPT;
        file result_file : text open write_mode is RESULT;
        variable l, r : line;
        variable c : character;
        variable a, d : std_logic_vector(31 downto 0);
        variable n, base, clocks : integer;
        variable total : integer := 0;

        procedure tick(k : natural) is
        begin
            for i in 1 to k loop
                wait until rising_edge(clk);
            end loop;
            wait for 1 ns;
            total := total + k;
        end procedure;
    begin
        tick(4);
        rstn <= '1';
        tick(2);
        while not endfile(script_file) loop
            readline(script_file, l);
            read(l, c);
            case c is
                when 'W' =>
                    hread(l, a);
                    hread(l, d);
                    haddr <= a(19 downto 0);
                    hwdata <= d;
                    hwe <= '1';
                    tick(1);
                    hwe <= '0';
                when 'N' =>
                    read(l, n);
                    tick(n);
                when 'G' =>
                    haddr <= x"80000";
                    hwe <= '1';
                    tick(1);
                    hwe <= '0';
                    clocks := 1;
                    tick(1);
                    while busy = '1' loop
                        tick(1);
                        clocks := clocks + 1;
                        assert clocks < LIMIT report "tb: the program does not stop" severity failure;
                    end loop;
                    write(r, string'("clocks "));
                    write(r, clocks);
                    writeline(result_file, r);
                when 'D' =>
                    read(l, base);
                    read(l, n);
                    for i in 0 to n - 1 loop
                        haddr <= x"1" & std_logic_vector(to_unsigned(base + i, 16));
                        tick(2);
                        write(r, to_integer(signed(hrdata)));
                        writeline(result_file, r);
                    end loop;
                when others => null;
            end case;
        end loop;
        finished <= true;
        wait;
    end process;
end architecture;
