-- apugen {{version}}: behaviour of the soft macros of {{design}} (VHDL-2008); connectivity is in the structural part.
-- One clock. Everything but the crossbar's model and what stands between "synthesis translate_off" and "translate_on" is synthesizable.
-- Instruction set, bus commands and tables: docs/isa.md.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package apu_pkg is
    constant N_APUS  : natural := {{n_apus}};
{{#opcodes}}
    constant OP_{{name}} : natural := {{code}};
{{/opcodes}}
{{#regs}}
    constant R_{{name}} : natural := {{code}};
{{/regs}}
{{#commands}}
    constant CMD_{{name}} : std_logic_vector(3 downto 0) := x"{{code}}";
{{/commands}}
{{#regions}}
    constant REGION_{{name}} : natural := {{code}};
{{/regions}}
    -- A vector as a number; 0 where it is not known (before reset, or a port left open).
    function index(v : std_logic_vector) return natural;
    -- synthesis translate_off
    -- Exact sums past the converter, for the proof against the integer network: the port AD is as wide as the
    -- converter's code, an exact column sum is wider. Used where EXACT is true.
    type codes_t is protected
        procedure put(apu, adc : natural; code : integer);
        impure function get(apu, adc : natural) return integer;
    end protected;
    shared variable exact_codes : codes_t;
    -- Counts: 0 what the controller has put on the bus (XW, MVM, READ), 1 what came back over the ring.
    type traffic_t is protected
        procedure add(what : natural);
        impure function get(what : natural) return integer;
    end protected;
    shared variable traffic : traffic_t;
    -- synthesis translate_on
end package;

package body apu_pkg is
    function index(v : std_logic_vector) return natural is
    begin
        return to_integer(unsigned(v));
    end function;
    -- synthesis translate_off
    type codes_t is protected body
        type table_t is array (0 to N_APUS - 1, 0 to 1023) of integer;
        variable table : table_t := (others => (others => 0));
        procedure put(apu, adc : natural; code : integer) is
        begin
            table(apu, adc) := code;
        end procedure;
        impure function get(apu, adc : natural) return integer is
        begin
            return table(apu, adc);
        end function;
    end protected body;
    type traffic_t is protected body
        type count_t is array (0 to 1) of integer;
        variable count : count_t := (others => 0);
        procedure add(what : natural) is
        begin
            count(what) := count(what) + 1;
        end procedure;
        impure function get(what : natural) return integer is
        begin
            return count(what);
        end function;
    end protected body;
    -- synthesis translate_on
end package body;

-- ---------------------------------------------------------------- memory: one write port, one read port, registered output
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity ram is
    generic (DEPTH : positive; WIDTH : positive; ADDRESS : positive);
    port (
        CLK : in  std_logic;
        WE  : in  std_logic;
        WA  : in  std_logic_vector(ADDRESS - 1 downto 0);
        D   : in  std_logic_vector(WIDTH - 1 downto 0);
        RE  : in  std_logic;                              -- Q keeps its value without it
        RA  : in  std_logic_vector(ADDRESS - 1 downto 0);
        Q   : out std_logic_vector(WIDTH - 1 downto 0));
end entity;

architecture rtl of ram is
    type mem_t is array (0 to DEPTH - 1) of std_logic_vector(WIDTH - 1 downto 0);
begin
    process (CLK)
        variable mem : mem_t;
    begin
        if rising_edge(CLK) then
            if RE = '1' then Q <= mem(to_integer(unsigned(RA))); end if;   -- what was there before a write at the same time
            if WE = '1' then mem(to_integer(unsigned(WA))) := D; end if;
        end if;
    end process;
end architecture;

{{#types}}
-- ---------------------------------------------------------------- {{name}}: {{rows}} rows, {{cols}} columns
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Simulation model of the analog crossbar, in whose place the layout has transistors: SRAM bits, charge sum, converters. PHASE = START CLK WE SELB SELA RST EVAL (bit 6 … 0).
entity xbar_{{name}} is
    generic (ID : natural := 0; EXACT : boolean := false);
    port (
        D     : in  std_logic_vector({{rows}} * 3 - 1 downto 0);
        SGN   : in  std_logic_vector({{rows}} - 1 downto 0);
        WLIN  : in  std_logic_vector({{rows}} * 4 - 1 downto 0);
        BSEL  : in  std_logic_vector({{blocks}} - 1 downto 0);
        AD    : out std_logic_vector({{adcs}} * {{bits}} - 1 downto 0);
        DONE  : out std_logic_vector({{adcs}} - 1 downto 0);
        DIN   : in  std_logic_vector({{cols}} - 1 downto 0);
        PHASE : in  std_logic_vector(6 downto 0);
        VREF  : inout std_logic);
end entity;

architecture model of xbar_{{name}} is
    constant FULL : natural := 49;   -- 7 · 7: largest product of two digits
begin
    process (PHASE, WLIN)
        type row_t is array (0 to {{cols}} - 1) of integer range -7 to 7;
        type bits_t is array (0 to {{rows}} - 1, 0 to {{cols}} - 1) of std_logic_vector(3 downto 0);
        type w_t is array (0 to {{rows}} - 1) of row_t;
        type sum_t is array (0 to {{cols}} - 1) of integer;
        variable b : bits_t := (others => (others => "0000"));
        variable w : w_t := (others => (others => 0));
        variable held, sum : sum_t := (others => 0);
        variable x, mag, joined, code, col, lim, num, den, clocks : integer := 0;
    begin
        -- word lines of one plane open while WE: the bit lines write all columns of that row
        if PHASE(4) = '1' then
            for i in WLIN'range loop
                if WLIN(i) = '1' then
                    for c in 0 to {{cols}} - 1 loop
                        b(i / 4, c)(i mod 4) := DIN(c);
                        mag := index(b(i / 4, c)(2 downto 0));
                        if b(i / 4, c)(3) = '1' then w(i / 4)(c) := -mag; else w(i / 4)(c) := mag; end if;
                    end loop;
                end if;
            end loop;
        end if;
        -- end of sampling: reset opens, the charge of joined blocks is held
        if falling_edge(PHASE(1)) then
            sum := (others => 0);
            joined := 0;
            for k in 0 to {{blocks}} - 1 loop
                if BSEL(k) = '1' then
                    joined := joined + {{block_rows}};
                    for r in k * {{block_rows}} to (k + 1) * {{block_rows}} - 1 loop
                        x := index(D(3 * r + 2 downto 3 * r));
                        if x /= 0 then
                            if SGN(r) = '1' then x := -x; end if;
                            for c in 0 to {{cols}} - 1 loop
                                sum(c) := sum(c) + x * w(r)(c);
                            end loop;
                        end if;
                    end loop;
                end if;
            end loop;
            held := sum;
        end if;
        -- conversion of the selected column of every pair: START clears the converter, one CLK per bit while SELA or SELB
        -- connects the column; lsb = 2·49·rows / (gain·2^bits)
        if rising_edge(PHASE(6)) then
            clocks := 0;
            DONE <= (others => '0');
        end if;
        if falling_edge(PHASE(5)) and (PHASE(2) or PHASE(3)) = '1' then
            clocks := clocks + 1;
        end if;
        if falling_edge(PHASE(5)) and clocks = {{bits}} then
            DONE <= (others => '1');
            for a in 0 to {{adcs}} - 1 loop
                col := 2 * a;
                if PHASE(3) = '1' then col := 2 * a + 1; end if;
                if EXACT then
                    exact_codes.put(ID, a, held(col));
                end if;
                -- round half to even of held / lsb, in integers
                num := held(col) * {{gain}} * 2 ** ({{bits}} - 1);
                den := FULL * joined;
                code := num / den;
                if num < 0 and code * den /= num then code := code - 1; end if;   -- floor
                num := 2 * (num - code * den);
                if num > den or (num = den and code mod 2 = 1) then code := code + 1; end if;
                lim := 2 ** ({{bits}} - 1);
                code := minimum(maximum(code, -lim), lim - 1);
                AD({{bits}} * (a + 1) - 1 downto {{bits}} * a) <= std_logic_vector(to_signed(code, {{bits}}));
            end loop;
        end if;
    end process;
    VREF <= 'Z';
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Row registers, two banks of one input value a row: XBANK is filled while DBANK is driven. When BEN rises, digit DIG of the rows of
-- blocks AFIRST … + ACOUNT goes to the row drivers as magnitude and sign, 0 to the others; BFIRST … + BCOUNT are joined until BEN falls.
entity rowbuf_{{name}} is
    port (
        D      : out std_logic_vector({{rows}} * 3 - 1 downto 0);
        SGN    : out std_logic_vector({{rows}} - 1 downto 0);
        WLIN   : out std_logic_vector({{rows}} * 4 - 1 downto 0);
        BSEL   : out std_logic_vector({{blocks}} - 1 downto 0);
        CLK    : in  std_logic;
        XADDR  : in  std_logic_vector({{row_ix}} - 1 downto 0);
        XDATA  : in  std_logic_vector(9 downto 0);
        XWE    : in  std_logic;
        XBANK  : in  std_logic;
        DBANK  : in  std_logic;
        DIG    : in  std_logic_vector(1 downto 0);
        WLEN   : in  std_logic;
        WPLANE : in  std_logic_vector(1 downto 0);
        BFIRST : in  std_logic_vector({{block_ix}} - 1 downto 0);
        BCOUNT : in  std_logic_vector({{block_ix}} - 1 downto 0);
        AFIRST : in  std_logic_vector({{block_ix}} - 1 downto 0);
        ACOUNT : in  std_logic_vector({{block_ix}} - 1 downto 0);
        BEN    : in  std_logic);
end entity;

architecture rtl of rowbuf_{{name}} is
    type regs_t is array (0 to {{rows}} - 1) of signed(9 downto 0);
    signal x0, x1 : regs_t;
    signal ben_1, wl_1 : std_logic;
begin
    process (CLK)
        variable v : signed(9 downto 0);
        variable m : unsigned(9 downto 0);
        variable bf, bl, af, al : unsigned({{block_ix}} downto 0);
        variable row : natural range 0 to 2 ** {{row_ix}} - 1;
    begin
        if rising_edge(CLK) then
            if XWE = '1' then
                row := index(XADDR);
                for r in 0 to {{rows}} - 1 loop
                    if row = r and XBANK = '0' then x0(r) <= signed(XDATA); end if;
                    if row = r and XBANK = '1' then x1(r) <= signed(XDATA); end if;
                end loop;
            end if;
            wl_1 <= WLEN;
            if WLEN = '1' then
                WLIN <= (others => '0');
                WLIN(4 * index(XADDR) + index(WPLANE)) <= '1';
            elsif wl_1 /= '0' then
                WLIN <= (others => '0');
            end if;
            ben_1 <= BEN;
            if BEN = '1' and ben_1 = '0' then
                bf := resize(unsigned(BFIRST), {{block_ix}} + 1);
                bl := bf + unsigned(BCOUNT);
                af := resize(unsigned(AFIRST), {{block_ix}} + 1);
                al := af + unsigned(ACOUNT);
                for k in 0 to {{blocks}} - 1 loop
                    if k >= bf and k <= bl then BSEL(k) <= '1'; else BSEL(k) <= '0'; end if;
                    for r in k * {{block_rows}} to (k + 1) * {{block_rows}} - 1 loop
                        if DBANK = '0' then v := x0(r); else v := x1(r); end if;
                        m := (others => '0');
                        if k >= af and k <= al then
                            if v(9) = '1' then m := unsigned(-v); else m := unsigned(v); end if;
                        end if;
                        if DIG = "00" then
                            D(3 * r + 2 downto 3 * r) <= std_logic_vector(m(2 downto 0));
                        elsif DIG = "01" then
                            D(3 * r + 2 downto 3 * r) <= std_logic_vector(m(5 downto 3));
                        else
                            D(3 * r + 2 downto 3 * r) <= std_logic_vector(m(8 downto 6));
                        end if;
                        -- odd rows hold the opposite weight
                        if r mod 2 = 1 then SGN(r) <= not v(9); else SGN(r) <= v(9); end if;
                    end loop;
                end loop;
            elsif BEN = '0' and ben_1 /= '0' then
                BSEL <= (others => '0');
            end if;
        end if;
    end process;
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Shift and add: two banks of an accumulator per column. ACMD on bank ABANK: 0 nothing, 1 clear, 2 add even columns, 3 add odd columns, shifted
-- by ASHIFT = 0, 3 or 6. Column RADDR of bank RBANK is on RDATA a clock later.
entity colproc_{{name}} is
    generic (ID : natural := 0; EXACT : boolean := false);
    port (
        AD     : in  std_logic_vector({{adcs}} * {{bits}} - 1 downto 0);
        DONE   : in  std_logic_vector({{adcs}} - 1 downto 0);
        CLK    : in  std_logic;
        ACMD   : in  std_logic_vector(1 downto 0);
        ABANK  : in  std_logic;
        ASHIFT : in  std_logic_vector(3 downto 0);
        RADDR  : in  std_logic_vector({{col_ix}} - 1 downto 0);
        RBANK  : in  std_logic;
        RDATA  : out std_logic_vector(31 downto 0));
end entity;

architecture rtl of colproc_{{name}} is
    type acc_t is array (0 to {{cols}} - 1) of signed(31 downto 0);
    signal acc0, acc1 : acc_t;
begin
    process (CLK)
        variable code : signed(31 downto 0);
    begin
        if rising_edge(CLK) then
            if ACMD = "01" then
                if ABANK = '0' then acc0 <= (others => (others => '0')); else acc1 <= (others => (others => '0')); end if;
            elsif ACMD = "10" or ACMD = "11" then
                for a in 0 to {{adcs}} - 1 loop
                    code := resize(signed(AD({{bits}} * (a + 1) - 1 downto {{bits}} * a)), 32);
                    -- synthesis translate_off
                    if EXACT then code := to_signed(exact_codes.get(ID, a), 32); end if;
                    -- synthesis translate_on
                    if ASHIFT(1) = '1' and ASHIFT(0) = '1' then code := shift_left(code, 3); end if;
                    if ASHIFT(2) = '1' then code := shift_left(code, 6); end if;
                    if DONE(a) = '1' then
                        for odd in 0 to 1 loop
                            if (ACMD(0) = '1') = (odd = 1) then
                                if ABANK = '0' then acc0(2 * a + odd) <= acc0(2 * a + odd) + code;
                                else acc1(2 * a + odd) <= acc1(2 * a + odd) + code; end if;
                            end if;
                        end loop;
                    end if;
                end loop;
            else
                null;
            end if;
            if RBANK = '0' then RDATA <= std_logic_vector(acc0(index(RADDR))); else RDATA <= std_logic_vector(acc1(index(RADDR))); end if;
        end if;
    end process;
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Weight memory: bit plane WPLANE of row WADDR drives the bit lines a clock later; a row and plane is filled 16 columns at a time from the bus.
-- A dedicated crossbar keeps one row and plane only: its weights are loaded once, in order.
entity wmem_{{name}} is
    generic (ID : natural := 0);
    port (
        DIN    : out std_logic_vector({{cols}} - 1 downto 0);
        CLK    : in  std_logic;
        WADDR  : in  std_logic_vector({{row_ix}} - 1 downto 0);
        WPLANE : in  std_logic_vector(1 downto 0);
        CMD    : in  std_logic_vector(3 downto 0);
        ASEL   : in  std_logic_vector({{asel}} - 1 downto 0);
        ADDR   : in  std_logic_vector(13 downto 0);
        WDATA  : in  std_logic_vector(15 downto 0));
end entity;

architecture rtl of wmem_{{name}} is
    constant WIDTH : natural := ({{cols}} + 15) / 16 * 16;
    signal line : std_logic_vector(WIDTH - 1 downto 0);
    signal q : std_logic_vector(WIDTH - 1 downto 0);
    signal we : std_logic;
    signal wa, ra : std_logic_vector({{row_ix}} + 1 downto 0);
begin
    process (CLK)
    begin
        if rising_edge(CLK) then
            we <= '0';
            if CMD = CMD_WMW and index(ASEL) = ID then
                line <= WDATA & line(WIDTH - 1 downto 16);
                wa <= ADDR({{row_ix}} + 1 downto 0);
                we <= '1';
            end if;
        end if;
    end process;
    ra <= WADDR & WPLANE;
{{^dedicated}}
    memory : entity work.ram generic map (DEPTH => {{rows}} * 4, WIDTH => WIDTH, ADDRESS => {{row_ix}} + 2)
        port map (CLK => CLK, WE => we, WA => wa, D => line, RE => '1', RA => ra, Q => q);
{{/dedicated}}
{{#dedicated}}
    q <= line;
{{/dedicated}}
    DIN <= q({{cols}} - 1 downto 0);
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Controller of one APU: fetches the words that the bus names from its instruction memory, makes the phases, streams results onto the ring.
-- One MVM can wait while another runs; a READ waits for its MVM.
entity ctrl_{{name}} is
    generic (ID : natural := 0);
    port (
        CLK    : in  std_logic;
        RSTN   : in  std_logic;
        CMD    : in  std_logic_vector(3 downto 0);
        ASEL   : in  std_logic_vector({{asel}} - 1 downto 0);
        ADDR   : in  std_logic_vector(13 downto 0);
        WDATA  : in  std_logic_vector(15 downto 0);
        QI     : in  std_logic_vector(32 downto 0);
        QO     : out std_logic_vector(32 downto 0);
        XADDR  : out std_logic_vector({{row_ix}} - 1 downto 0);
        XDATA  : out std_logic_vector(9 downto 0);
        XWE    : out std_logic;
        XBANK  : out std_logic;
        DBANK  : out std_logic;
        DIG    : out std_logic_vector(1 downto 0);
        WLEN   : out std_logic;
        WPLANE : out std_logic_vector(1 downto 0);
        BFIRST : out std_logic_vector({{block_ix}} - 1 downto 0);
        BCOUNT : out std_logic_vector({{block_ix}} - 1 downto 0);
        AFIRST : out std_logic_vector({{block_ix}} - 1 downto 0);
        ACOUNT : out std_logic_vector({{block_ix}} - 1 downto 0);
        BEN    : out std_logic;
        PHASE  : out std_logic_vector(6 downto 0);
        WADDR  : out std_logic_vector({{row_ix}} - 1 downto 0);
        ACMD   : out std_logic_vector(1 downto 0);
        ABANK  : out std_logic;
        ASHIFT : out std_logic_vector(3 downto 0);
        RADDR  : out std_logic_vector({{col_ix}} - 1 downto 0);
        RBANK  : out std_logic;
        RDATA  : in  std_logic_vector(31 downto 0));
end entity;

architecture rtl of ctrl_{{name}} is
    type state_t is (IDLE, STORE0, STORE1, STORE2, STORE3, STORE4, DRIVE, SAMPLE, HOLD, START, SELECT_COL, DECIDE, ADD);
    signal state : state_t;
    signal mine, im_we, im_re : std_logic;
    signal im_wa, im_ra : std_logic_vector({{im_ix}} - 1 downto 0);
    signal im_d, im_q : std_logic_vector(31 downto 0);
    signal half : std_logic_vector(15 downto 0);
    signal run_m, run_r, bank, bank_m : std_logic;           -- decoded a clock after the command
    signal q_valid, q_bank, q_done0, q_done1 : std_logic;     -- the MVM that waits; MVMs that are done and not read
    signal q_digits : unsigned(1 downto 0);
    signal q_chunk : unsigned(6 downto 0);
    signal q_first, q_blocks : unsigned(6 downto 0);
    signal digits, d : unsigned(1 downto 0);
    signal chunk, first, blocks, c : unsigned(6 downto 0);
    signal m_bank, odd, all_rows : std_logic;
    signal any0, any1 : std_logic_vector({{blocks}} * 3 - 1 downto 0); -- a row of the block has a digit other than 0, by bank
    signal fresh : std_logic;                                -- no row of the position has come yet
    signal some : std_logic;                                 -- … one of the chunk has
    signal q_repeats, repeats, again : unsigned(3 downto 0);  -- times a conversion is made, less one; how often it was
    signal count, ticks : unsigned(4 downto 0);
    signal row4 : unsigned({{row_ix}} + 1 downto 0);
    signal p_eval, p_rst, p_sela, p_selb, p_we, p_start, p_clk : std_logic;
    signal r_valid, r_bank, r_run : std_logic;
    signal r_col, r_left : unsigned({{col_ix}} downto 0);
    signal r_pipe : std_logic_vector(1 downto 0);
begin
    mine <= '1' when index(ASEL) = ID else '0';
    im_we <= '1' when CMD = CMD_IMW and mine = '1' and ADDR(0) = '1' else '0';
    im_wa <= ADDR({{im_ix}} downto 1);
    im_d <= WDATA & half;
    im_re <= '1' when (CMD = CMD_MVM or CMD = CMD_READ) and mine = '1' else '0';
    im_ra <= ADDR({{im_ix}} - 1 downto 0);
    memory : entity work.ram generic map (DEPTH => {{im_words}}, WIDTH => 32, ADDRESS => {{im_ix}})
        port map (CLK => CLK, WE => im_we, WA => im_wa, D => im_d, RE => im_re, RA => im_ra, Q => im_q);

{{^slow_bits}}
    PHASE <= p_start & (p_clk and CLK) & p_we & p_selb & p_sela & p_rst & p_eval;
    -- one pulse of the converter's clock per clock while bits are decided; p_clk changes while CLK is low
    process (CLK)
    begin
        if falling_edge(CLK) then
            if state = DECIDE then p_clk <= '1'; else p_clk <= '0'; end if;
        end if;
    end process;
{{/slow_bits}}
{{#slow_bits}}
    PHASE <= p_start & p_clk & p_we & p_selb & p_sela & p_rst & p_eval;
    -- a bit takes {{bit_clocks}} clocks, the last of them low
    process (CLK)
    begin
        if rising_edge(CLK) then
            if state = DECIDE and ticks /= 0 then p_clk <= '1'; else p_clk <= '0'; end if;
        end if;
    end process;
{{/slow_bits}}

    process (CLK)
        variable rest : unsigned(6 downto 0);
        variable done_set, done_clear : std_logic_vector(1 downto 0);
        variable m : unsigned(9 downto 0);
        variable digit_any : std_logic;
        variable any : std_logic_vector({{blocks}} * 3 - 1 downto 0);
        variable row : natural range 0 to 2 ** 14 - 1;
        variable from, upto : natural range 0 to 511;
    begin
        if rising_edge(CLK) then
            XWE <= '0';
            ACMD <= "00";
            run_m <= '0';
            run_r <= '0';
            done_set := "00";
            done_clear := "00";
            if RSTN = '0' then
                state <= IDLE;
                p_eval <= '1';
                p_rst <= '0';
                p_sela <= '0';
                p_selb <= '0';
                p_we <= '0';
                p_start <= '0';
                BEN <= '0';
                WLEN <= '0';
                bank <= '0';
                fresh <= '1';
                q_valid <= '0';
                q_done0 <= '0';
                q_done1 <= '0';
                r_valid <= '0';
                r_bank <= '0';
                r_run <= '0';
                r_pipe <= "00";
                RBANK <= '0';
                RADDR <= (others => '0');
                QO <= (others => '0');
            else
                -- ---- commands
                if mine = '1' then
                    if CMD = CMD_XW then
                        XADDR <= ADDR({{row_ix}} - 1 downto 0);
                        XDATA <= WDATA(9 downto 0);
                        XBANK <= bank;
                        XWE <= '1';
                        -- the first row of a position begins the flags anew
                        m := unsigned(WDATA(9 downto 0));
                        if m(9) = '1' then m := (not m) + 1; end if;
                        if bank = '0' then any := any0; else any := any1; end if;
                        if fresh = '1' then any := (others => '0'); end if;
                        fresh <= '0';
                        row := index(ADDR);
                        for k in 0 to {{blocks}} - 1 loop
                            if row >= k * {{block_rows}} and row < (k + 1) * {{block_rows}} then
                                for g in 0 to 2 loop
                                    digit_any := m(3 * g) or m(3 * g + 1) or m(3 * g + 2);
                                    any(3 * k + g) := any(3 * k + g) or digit_any;
                                end loop;
                            end if;
                        end loop;
                        if bank = '0' then any0 <= any; else any1 <= any; end if;
                    elsif CMD = CMD_MVM then
                        run_m <= '1';
                        bank_m <= bank;
                        bank <= not bank;
                        fresh <= '1';
                    elsif CMD = CMD_READ then
                        run_r <= '1';
                    elsif CMD = CMD_IMW and ADDR(0) = '0' then
                        half <= WDATA;
                    end if;
                end if;
                -- ---- multiply, store
                if state = IDLE then
                    d <= "00";
                    c <= (others => '0');
                    if mine = '1' and CMD = CMD_STOREW then
                        row4 <= unsigned(ADDR({{row_ix}} + 1 downto 0));
                        all_rows <= '0';
                        state <= STORE0;
                    elsif CMD = CMD_STORE then
                        row4 <= (others => '0');
                        all_rows <= '1';
                        state <= STORE0;
                    elsif q_valid = '1' then
                        q_valid <= '0';
                        digits <= q_digits;
                        chunk <= q_chunk;
                        first <= q_first;
                        blocks <= q_blocks;
                        repeats <= q_repeats;
                        again <= (others => '0');
                        m_bank <= q_bank;
                        DBANK <= q_bank;
                        ABANK <= q_bank;
                        ACMD <= "01";
                        state <= DRIVE;
                    end if;
                elsif state = STORE0 then
                    XADDR <= std_logic_vector(row4({{row_ix}} + 1 downto 2));
                    WADDR <= std_logic_vector(row4({{row_ix}} + 1 downto 2));
                    WPLANE <= std_logic_vector(row4(1 downto 0));
                    state <= STORE1;
                elsif state = STORE1 then
                    state <= STORE2;            -- wmem puts the plane on the bit lines
                elsif state = STORE2 then
                    WLEN <= '1';
                    p_we <= '1';
                    state <= STORE3;
                elsif state = STORE3 then
                    WLEN <= '0';
                    state <= STORE4;
                elsif state = STORE4 then
                    -- the word line is open now; closes with WE
                    p_we <= '0';
                    row4 <= row4 + 1;
                    if all_rows = '0' or row4 = {{rows}} * 4 - 1 then state <= IDLE; else state <= STORE0; end if;
                elsif state = DRIVE then
                    -- joined: always `chunk` blocks; driven: those of this chunk
                    rest := {{blocks}} - chunk;
                    if first + c < rest then rest := first + c; end if;
                    BFIRST <= std_logic_vector(rest({{block_ix}} - 1 downto 0));
                    rest := chunk - 1;
                    BCOUNT <= std_logic_vector(rest({{block_ix}} - 1 downto 0));
                    rest := first + c;
                    AFIRST <= std_logic_vector(rest({{block_ix}} - 1 downto 0));
                    rest := blocks - c;
                    if chunk < rest then rest := chunk; end if;
                    rest := rest - 1;
                    ACOUNT <= std_logic_vector(rest({{block_ix}} - 1 downto 0));
                    DIG <= std_logic_vector(d);
                    BEN <= '1';
                    p_eval <= '0';
                    p_rst <= '1';
                    count <= to_unsigned({{sample_clocks}} - 1, 5);
                    state <= SAMPLE;
                elsif state = SAMPLE then
                    if m_bank = '0' then any := any0; else any := any1; end if;
                    some <= '0';
                    from := to_integer(first) + to_integer(c);
                    upto := from + to_integer(chunk);
                    if upto > to_integer(first) + to_integer(blocks) then upto := to_integer(first) + to_integer(blocks); end if;
                    for k in 0 to {{blocks}} - 1 loop
                        if k >= from and k < upto and any(3 * k + to_integer(d)) = '1' then some <= '1'; end if;
                    end loop;
                    count <= count - 1;
                    if count = 0 then state <= HOLD; end if;
                elsif state = HOLD then
                    -- reset opens first, then the rows return to VCM
                    p_rst <= '0';
                    odd <= '0';
                    count <= to_unsigned({{start_clocks}} - 1, 5);
                    state <= START;
                elsif state = START then
                    -- rows evaluate; the converter starts from VCM
                    p_eval <= '1';
                    p_start <= '1';
                    count <= count - 1;
                    if count = 0 then state <= SELECT_COL; end if;
                elsif state = SELECT_COL then
                    p_start <= '0';
                    if odd = '1' then p_selb <= '1'; else p_sela <= '1'; end if;
                    count <= to_unsigned({{bits}} - 1, 5);
                    ticks <= to_unsigned({{bit_clocks}} - 1, 5);
                    state <= DECIDE;
                elsif state = DECIDE then
                    ticks <= ticks - 1;
                    if ticks = 0 then
                        ticks <= to_unsigned({{bit_clocks}} - 1, 5);
                        count <= count - 1;
                        if count = 0 then state <= ADD; end if;
                    end if;
                elsif state = ADD then
                    if some = '1' then ACMD <= '1' & odd; end if; -- nothing driven: nothing but noise and offset
                    if d = "00" then
                        ASHIFT <= "0000";
                    elsif d = "01" then
                        ASHIFT <= "0011";
                    else
                        ASHIFT <= "0110";
                    end if;
                    p_sela <= '0';
                    p_selb <= '0';
                    odd <= '1';
                    count <= to_unsigned({{start_clocks}} - 1, 5);
                    if odd = '0' then
                        state <= START;
                    else
                        BEN <= '0';
                        state <= DRIVE;
                        again <= (others => '0');
                        if again /= repeats then
                            again <= again + 1;
                        elsif c + chunk < blocks then
                            c <= c + chunk;
                        elsif d + 1 < digits then
                            c <= (others => '0');
                            d <= d + 1;
                        else
                            done_set(0) := not m_bank;
                            done_set(1) := m_bank;
                            state <= IDLE;
                        end if;
                    end if;
                end if;
                if run_m = '1' then
                    q_valid <= '1';
                    q_bank <= bank_m;
                    q_digits <= unsigned(im_q(31 downto 30));
                    q_chunk <= ('0' & unsigned(im_q(29 downto 24))) + 1;
                    q_first <= '0' & unsigned(im_q(23 downto 18));
                    q_blocks <= unsigned(im_q(6 downto 0));
                    q_repeats <= unsigned(im_q(15 downto 12));
                end if;
                -- ---- read: address, accumulator, ring
                if run_r = '1' then
                    r_valid <= '1';
                    r_col <= unsigned(im_q(16 + {{col_ix}} downto 16));
                    r_left <= unsigned(im_q({{col_ix}} downto 0));
                end if;
                r_pipe <= r_pipe(0) & '0';
                if r_run = '0' then
                    if r_valid = '1' and ((r_bank = '0' and q_done0 = '1') or (r_bank = '1' and q_done1 = '1')) then
                        r_valid <= '0';
                        r_run <= '1';
                        done_clear(0) := not r_bank;
                        done_clear(1) := r_bank;
                    end if;
                else
                    RADDR <= std_logic_vector(r_col({{col_ix}} - 1 downto 0));
                    RBANK <= r_bank;
                    r_pipe(0) <= '1';
                    r_col <= r_col + 1;
                    r_left <= r_left - 1;
                    if r_left = 1 then
                        r_run <= '0';
                        r_bank <= not r_bank;
                    end if;
                end if;
                q_done0 <= (q_done0 or done_set(0)) and not done_clear(0);
                q_done1 <= (q_done1 or done_set(1)) and not done_clear(1);
                if r_pipe(1) = '1' then QO <= '1' & RDATA; else QO <= QI; end if;
            end if;
        end if;
    end process;
end architecture;

{{/types}}
