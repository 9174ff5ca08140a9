-- apugen {{version}}: testbench of {{design}}: plays the host. Lines of tb_host.txt:
--   W address data   write one word (hexadecimal)        N n        let n clocks pass
--   G   start          E   wait until BUSY is low             F   wait until the weight memories are free
--   C   append "clocks", those with BUSY high since the last C, "bus" and "ring", the controller's commands and the words that came back, to tb_out.txt
--   D base n   append n words of the feature maps to tb_out.txt
-- With SERIAL true words go through the serial port instead of the parallel one.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.textio.all;
use work.apu_pkg.all;

entity tb is
    generic (EXACT : boolean := false; SERIAL : boolean := false; SCRIPT : string := "tb_host.txt"; RESULT : string := "tb_out.txt"; LIMIT : natural := 2000000000);
end entity;

architecture sim of tb is
    signal clk, rstn, hwe : std_logic := '0';
    signal busy : std_logic;
    signal haddr : std_logic_vector(19 downto 0) := (others => '0');
    signal hwdata, hrdata : std_logic_vector(31 downto 0) := (others => '0');
    signal vref : std_logic;
    signal finished : boolean := false;
    signal sck, miso, mosi : std_logic := '0';
    signal csn : std_logic := '1';
    signal busy_clocks, reported, bus_reported, ring_reported : natural := 0;
begin
    clk <= not clk after 5 ns when not finished else '0';

    dut : entity work.chip generic map (EXACT => EXACT) port map (
        HCLK => clk, HRSTN => rstn, HWE => hwe, HADDR => haddr, HWDATA => hwdata, HRDATA => hrdata, SCK => sck, CSN => csn, MOSI => mosi, MISO => miso,
        BUSY => busy, VREF => vref);

    process (clk)
    begin
        if rising_edge(clk) and busy = '1' then busy_clocks <= busy_clocks + 1; end if;
    end process;

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

        -- 32 bits each way, most significant first; SCK is an eighth of the clock
        procedure serial_word(given : std_logic_vector(31 downto 0); variable got : out std_logic_vector(31 downto 0)) is
        begin
            for i in 31 downto 0 loop
                mosi <= given(i);
                tick(4);
                sck <= '1';
                got(i) := miso;
                tick(4);
                sck <= '0';
            end loop;
        end procedure;

        procedure put(address : std_logic_vector(19 downto 0); value : std_logic_vector(31 downto 0)) is
            variable ignored : std_logic_vector(31 downto 0);
        begin
            if SERIAL then
                csn <= '0';
                tick(4);
                serial_word(x"800" & address, ignored);
                serial_word(value, ignored);
                tick(4);
                csn <= '1';
                tick(4);
            else
                haddr <= address;
                hwdata <= value;
                hwe <= '1';
                tick(1);
                hwe <= '0';
            end if;
        end procedure;

        procedure get(address : std_logic_vector(19 downto 0); variable value : out std_logic_vector(31 downto 0)) is
            variable ignored : std_logic_vector(31 downto 0);
        begin
            if SERIAL then
                csn <= '0';
                tick(4);
                serial_word(x"000" & address, ignored);
                serial_word(x"00000000", value);
                tick(4);
                csn <= '1';
                tick(4);
            else
                haddr <= address;
                tick(2);
                value := hrdata;
            end if;
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
                    put(a(19 downto 0), d);
                when 'N' =>
                    read(l, n);
                    tick(n);
                when 'G' => put(x"80000", x"00000000");
                when 'E' =>
                    clocks := 0;
                    while busy = '1' loop
                        tick(1);
                        clocks := clocks + 1;
                        assert clocks < LIMIT report "tb: the program does not stop" severity failure;
                    end loop;
                when 'F' =>
                    if SERIAL then
                        loop
                            get(x"80000", d);
                            exit when d(1) = '1';
                        end loop;
                    else
                        haddr <= x"80000";
                        loop
                            tick(1);
                            exit when hrdata(1) = '1';
                        end loop;
                    end if;
                when 'C' =>
                    write(r, string'("clocks "));
                    write(r, busy_clocks - reported);
                    writeline(result_file, r);
                    write(r, string'("bus "));
                    write(r, traffic.get(0) - bus_reported);
                    writeline(result_file, r);
                    write(r, string'("ring "));
                    write(r, traffic.get(1) - ring_reported);
                    writeline(result_file, r);
                    reported <= busy_clocks;
                    bus_reported <= traffic.get(0);
                    ring_reported <= traffic.get(1);
                    tick(1);
                when 'D' =>
                    read(l, base);
                    read(l, n);
                    for i in 0 to n - 1 loop
                        get(x"1" & std_logic_vector(to_unsigned(base + i, 16)), d);
                        write(r, to_integer(signed(d)));
                        writeline(result_file, r);
                    end loop;
                when others => null;
            end case;
        end loop;
        finished <= true;
        wait;
    end process;
end architecture;
