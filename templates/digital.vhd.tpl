-- apugen {{version}}: behaviour of the soft macros of {{design}} (VHDL-2008); connectivity is in the structural part.
-- One clock. Commands on the broadcast bus (CMD, ASEL, ADDR, WDATA):
--   1 XW     row ADDR of APU ASEL gets the input value WDATA (two's complement)
--   2 WMW    word ADDR of the weight memory gets WDATA (16 columns of one row and bit plane)
--   3 STOREW row ADDR/4, plane ADDR mod 4 is written from the weight memory into the SRAM bits of the crossbar
--   4 MVM    clear, then for every digit and chunk: sample, evaluate, convert even and odd columns, shift and add;
--            ADDR = digits·4096 + (blocks per chunk − 1)·64 + first block, WDATA = blocks; a token on the ring when done
--   5 READ   columns ADDR … ADDR + WDATA − 1 onto the ring, one a clock
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package apu_pkg is
    constant N_APUS  : natural := {{n_apus}};
    constant MAG_BITS : natural := 3;
    -- Exact sums past the converter, for the proof against the integer network: the port AD is as wide as the
    -- converter's code, an exact column sum is wider. Simulation only; used where EXACT is true.
    type codes_t is protected
        procedure put(apu, adc : natural; code : integer);
        impure function get(apu, adc : natural) return integer;
    end protected;
    shared variable exact_codes : codes_t;
    function to_x01z(v : std_logic_vector) return unsigned;
end package;

package body apu_pkg is
    type codes_t is protected body
        type table_t is array (0 to 7, 0 to 1023) of integer;
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
    function to_x01z(v : std_logic_vector) return unsigned is
    begin
        return unsigned(to_01(unsigned(v), '0'));
    end function;
end package body;

{{#types}}
-- ---------------------------------------------------------------- {{name}}: {{rows}} rows, {{cols}} columns
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- The analog crossbar: SRAM bits, charge sum, converters. PHASE = START CLK WE SELB SELA RST EVAL (bit 6 … 0).
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
                        mag := to_integer(to_x01z(b(i / 4, c)(2 downto 0)));
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
                        x := to_integer(to_x01z(D(3 * r + 2 downto 3 * r)));
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

-- Row registers: one input value a row; the digit asked for goes to the row drivers as magnitude and sign.
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
    signal x : regs_t := (others => (others => '0'));
begin
    process (CLK)
        variable m : unsigned(9 downto 0);
        variable first, last : natural;
    begin
        if rising_edge(CLK) then
            if XWE = '1' then
                x(to_integer(to_x01z(XADDR))) <= signed(XDATA);
            end if;
            WLIN <= (others => '0');
            if WLEN = '1' then
                WLIN(4 * to_integer(to_x01z(XADDR)) + to_integer(to_x01z(WPLANE))) <= '1';
            end if;
            BSEL <= (others => '0');
            if BEN = '1' then
                first := to_integer(to_x01z(BFIRST));
                last := first + to_integer(to_x01z(BCOUNT));
                for k in 0 to {{blocks}} - 1 loop
                    if k >= first and k <= last then BSEL(k) <= '1'; end if;
                end loop;
                first := to_integer(to_x01z(AFIRST));
                last := first + to_integer(to_x01z(ACOUNT));
                for r in 0 to {{rows}} - 1 loop
                    m := unsigned(abs x(r));
                    if r / {{block_rows}} < first or r / {{block_rows}} > last then m := (others => '0'); end if;
                    case DIG is
                        when "00" => D(3 * r + 2 downto 3 * r) <= std_logic_vector(m(2 downto 0));
                        when "01" => D(3 * r + 2 downto 3 * r) <= std_logic_vector(m(5 downto 3));
                        when others => D(3 * r + 2 downto 3 * r) <= std_logic_vector(m(8 downto 6));
                    end case;
                    SGN(r) <= x(r)(9);
                end loop;
            end if;
        end if;
    end process;
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Shift and add: an accumulator per column. ACMD: 0 nothing, 1 clear, 2 add even columns, 3 add odd columns, 4 read RADDR.
entity colproc_{{name}} is
    generic (ID : natural := 0; EXACT : boolean := false);
    port (
        AD     : in  std_logic_vector({{adcs}} * {{bits}} - 1 downto 0);
        DONE   : in  std_logic_vector({{adcs}} - 1 downto 0);
        CLK    : in  std_logic;
        ACMD   : in  std_logic_vector(2 downto 0);
        ASHIFT : in  std_logic_vector(3 downto 0);
        RADDR  : in  std_logic_vector({{col_ix}} - 1 downto 0);
        RDATA  : out std_logic_vector(31 downto 0));
end entity;

architecture rtl of colproc_{{name}} is
begin
    process (CLK)
        type acc_t is array (0 to {{cols}} - 1) of signed(31 downto 0);
        variable acc : acc_t := (others => (others => '0'));
        variable code : integer;
        variable odd : natural range 0 to 1;
    begin
        if rising_edge(CLK) then
            case ACMD is
                when "001" => acc := (others => (others => '0'));
                when "010" | "011" =>
                    odd := 0;
                    if ACMD = "011" then odd := 1; end if;
                    for a in 0 to {{adcs}} - 1 loop
                        if DONE(a) = '1' then
                            code := to_integer(signed(AD({{bits}} * (a + 1) - 1 downto {{bits}} * a)));
                            if EXACT then code := exact_codes.get(ID, a); end if;
                            acc(2 * a + odd) := acc(2 * a + odd) +
                                shift_left(to_signed(code, 32), to_integer(to_x01z(ASHIFT)));
                        end if;
                    end loop;
                when "100" => RDATA <= std_logic_vector(acc(to_integer(to_x01z(RADDR))));
                when others => null;
            end case;
        end if;
    end process;
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Weight memory: bit plane WPLANE of row WADDR drives the bit lines; filled 16 columns at a time from the bus.
entity wmem_{{name}} is
    generic (ID : natural := 0);
    port (
        DIN    : out std_logic_vector({{cols}} - 1 downto 0);
        CLK    : in  std_logic;
        WADDR  : in  std_logic_vector({{row_ix}} - 1 downto 0);
        WPLANE : in  std_logic_vector(1 downto 0);
        CMD    : in  std_logic_vector(3 downto 0);
        ASEL   : in  std_logic_vector(2 downto 0);
        ADDR   : in  std_logic_vector(13 downto 0);
        WDATA  : in  std_logic_vector(15 downto 0));
end entity;

architecture rtl of wmem_{{name}} is
    constant WORDS : natural := ({{cols}} + 15) / 16;
begin
    process (CLK)
        -- A dedicated crossbar keeps one row and plane only: its weights are loaded once, in order.
        constant DEPTH : natural := {{wmem_words}};
        type mem_t is array (0 to DEPTH - 1) of std_logic_vector(15 downto 0);
        variable mem : mem_t := (others => (others => '0'));
        variable base : natural;
    begin
        if rising_edge(CLK) then
            if CMD = x"2" and to_integer(to_x01z(ASEL)) = ID then
                mem(to_integer(to_x01z(ADDR)) mod DEPTH) := WDATA;
            end if;
            base := (to_integer(to_x01z(WADDR)) * 4 + to_integer(to_x01z(WPLANE))) * WORDS;
            for c in 0 to {{cols}} - 1 loop
                DIN(c) <= mem((base + c / 16) mod DEPTH)(c mod 16);
            end loop;
        end if;
    end process;
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Controller of one APU: takes commands from the bus, makes the phases, streams results onto the ring.
entity ctrl_{{name}} is
    generic (ID : natural := 0);
    port (
        CLK    : in  std_logic;
        RSTN   : in  std_logic;
        CMD    : in  std_logic_vector(3 downto 0);
        ASEL   : in  std_logic_vector(2 downto 0);
        ADDR   : in  std_logic_vector(13 downto 0);
        WDATA  : in  std_logic_vector(15 downto 0);
        QI     : in  std_logic_vector(32 downto 0);
        QO     : out std_logic_vector(32 downto 0);
        XADDR  : out std_logic_vector({{row_ix}} - 1 downto 0);
        XDATA  : out std_logic_vector(9 downto 0);
        XWE    : out std_logic;
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
        ACMD   : out std_logic_vector(2 downto 0);
        ASHIFT : out std_logic_vector(3 downto 0);
        RADDR  : out std_logic_vector({{col_ix}} - 1 downto 0);
        RDATA  : in  std_logic_vector(31 downto 0));
end entity;

architecture rtl of ctrl_{{name}} is
    type state_t is (IDLE, STORE1, STORE2, STORE3, CLEARED, DRIVE, SAMPLE, HOLD, START, SELECT_COL, CLK_HIGH, CLK_LOW, ADD, NEXT_ONE,
                     TOKEN, READ0, READ1, READ2);
    signal state : state_t := IDLE;
    constant P_EVAL : natural := 0;
    constant P_RST  : natural := 1;
    constant P_SELA : natural := 2;
    constant P_SELB : natural := 3;
    constant P_WE   : natural := 4;
    constant P_CLK  : natural := 5;
    constant P_START : natural := 6;
begin
    process (CLK)
        variable digits, per_chunk, first, blocks, d, c, col, last, bit_no : natural := 0;
        variable mine, odd : boolean := false;
        variable own : std_logic_vector(32 downto 0);
    begin
        if rising_edge(CLK) then
            mine := to_integer(to_x01z(ASEL)) = ID;
            own := (others => '0');
            XWE <= '0';
            ACMD <= "000";
            if RSTN = '0' then
                state <= IDLE;
                PHASE <= (P_EVAL => '1', others => '0');
                BEN <= '0';
                WLEN <= '0';
            else
                case state is
                    when IDLE =>
                        if mine then
                            case CMD is
                                when x"1" =>
                                    XADDR <= std_logic_vector(resize(unsigned(ADDR), {{row_ix}}));
                                    XDATA <= std_logic_vector(WDATA(9 downto 0));
                                    XWE <= '1';
                                when x"3" =>
                                    XADDR <= std_logic_vector(resize(unsigned(ADDR(13 downto 2)), {{row_ix}}));
                                    WADDR <= std_logic_vector(resize(unsigned(ADDR(13 downto 2)), {{row_ix}}));
                                    WPLANE <= ADDR(1 downto 0);
                                    state <= STORE1;
                                when x"4" =>
                                    digits := to_integer(to_x01z(ADDR(13 downto 12)));
                                    per_chunk := to_integer(to_x01z(ADDR(11 downto 6))) + 1;
                                    first := to_integer(to_x01z(ADDR(5 downto 0)));
                                    blocks := to_integer(to_x01z(WDATA));
                                    d := 0;
                                    c := 0;
                                    ACMD <= "001";
                                    state <= DRIVE;
                                when x"5" =>
                                    col := to_integer(to_x01z(ADDR));
                                    last := col + to_integer(to_x01z(WDATA));
                                    state <= READ0;
                                when others => null;
                            end case;
                        end if;
                    when STORE1 => state <= STORE2;            -- wmem puts the plane on DIN
                    when STORE2 =>
                        WLEN <= '1';
                        PHASE(P_WE) <= '1';
                        state <= STORE3;
                    when STORE3 =>
                        WLEN <= '0';
                        state <= CLEARED;
                    when CLEARED =>                            -- the word line is open now; closes with WE
                        PHASE(P_WE) <= '0';
                        own(32) := '1';                        -- token
                        state <= IDLE;
                    when DRIVE =>
                        DIG <= std_logic_vector(to_unsigned(d, 2));
                        -- joined: always per_chunk blocks; driven: those of this chunk
                        BFIRST <= std_logic_vector(to_unsigned(minimum(first + c, {{blocks}} - per_chunk), {{block_ix}}));
                        BCOUNT <= std_logic_vector(to_unsigned(per_chunk - 1, {{block_ix}}));
                        AFIRST <= std_logic_vector(to_unsigned(first + c, {{block_ix}}));
                        ACOUNT <= std_logic_vector(to_unsigned(minimum(per_chunk, blocks - c) - 1, {{block_ix}}));
                        BEN <= '1';
                        PHASE(P_EVAL) <= '0';
                        PHASE(P_RST) <= '1';
                        state <= SAMPLE;
                    when SAMPLE => state <= HOLD;
                    when HOLD =>                               -- reset opens first, then the rows return to VCM
                        PHASE(P_RST) <= '0';
                        odd := false;
                        state <= START;
                    when START =>                              -- rows evaluate; the converter starts from VCM
                        PHASE(P_EVAL) <= '1';
                        PHASE(P_START) <= '1';
                        state <= SELECT_COL;
                    when SELECT_COL =>
                        PHASE(P_START) <= '0';
                        if odd then PHASE(P_SELB) <= '1'; else PHASE(P_SELA) <= '1'; end if;
                        bit_no := 0;
                        state <= CLK_HIGH;
                    when CLK_HIGH =>
                        PHASE(P_CLK) <= '1';
                        state <= CLK_LOW;
                    when CLK_LOW =>
                        PHASE(P_CLK) <= '0';
                        bit_no := bit_no + 1;
                        if bit_no = {{bits}} then state <= ADD; else state <= CLK_HIGH; end if;
                    when ADD =>
                        if odd then ACMD <= "011"; else ACMD <= "010"; end if;
                        ASHIFT <= std_logic_vector(to_unsigned(MAG_BITS * d, 4));
                        PHASE(P_SELA) <= '0';
                        PHASE(P_SELB) <= '0';
                        odd := not odd;
                        if odd then state <= START; else state <= NEXT_ONE; end if;
                    when NEXT_ONE =>
                        BEN <= '0';
                        if c + per_chunk < blocks then
                            c := c + per_chunk;
                            state <= DRIVE;
                        elsif d + 1 < digits then
                            c := 0;
                            d := d + 1;
                            state <= DRIVE;
                        else
                            state <= TOKEN;
                        end if;
                    when TOKEN =>
                        own(32) := '1';
                        state <= IDLE;
                    when READ0 =>
                        ACMD <= "100";
                        RADDR <= std_logic_vector(to_unsigned(col, {{col_ix}}));
                        col := col + 1;
                        state <= READ1;
                    when READ1 =>                              -- colproc sees the address; two columns are under way
                        if col < last then
                            ACMD <= "100";
                            RADDR <= std_logic_vector(to_unsigned(col, {{col_ix}}));
                        end if;
                        col := col + 1;
                        state <= READ2;
                    when READ2 =>
                        own := '1' & RDATA;
                        if col < last then
                            ACMD <= "100";
                            RADDR <= std_logic_vector(to_unsigned(col, {{col_ix}}));
                        end if;
                        col := col + 1;
                        if col > last + 1 then state <= IDLE; end if;
                end case;
            end if;
            if own(32) = '1' then QO <= own; else QO <= QI; end if;
        end if;
    end process;
end architecture;

{{/types}}
-- ---------------------------------------------------------------- the chip's controller
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Program, feature maps, partial sums, requantisation. Host port: HADDR = region (4 bits) and offset (16 bits):
--   0 program        words as in instructions.lst       5 row table     channel·65536 + dy·256 + dx, all ones: dummy row
--   1 feature maps   signed integers q                  6 column table  output·4 + slice, all ones: dummy column
--   2 mul  3 add low 4 add high, per output channel     7 weights       a word written here goes to the bus: see below
--   8 control: 0 start (write), 1 weight address (ASEL·16384 + ADDR) for region 7, 2 store row and plane
-- BUSY falls when the program has halted or waits for weights (instruction WAIT).
entity noc is
    port (
        CLK    : out std_logic;
        RSTN   : out std_logic;
        CMD    : out std_logic_vector(3 downto 0);
        ASEL   : out std_logic_vector(2 downto 0);
        ADDR   : out std_logic_vector(13 downto 0);
        WDATA  : out std_logic_vector(15 downto 0);
        QI     : in  std_logic_vector(32 downto 0);
        QO     : out std_logic_vector(32 downto 0);
        HCLK   : in  std_logic;
        HRSTN  : in  std_logic;
        HWE    : in  std_logic;
        HADDR  : in  std_logic_vector(19 downto 0);
        HWDATA : in  std_logic_vector(31 downto 0);
        HRDATA : out std_logic_vector(31 downto 0);
        BUSY   : out std_logic);
end entity;

architecture rtl of noc is
    constant TABLE_WORDS : natural := {{table_words}};
    type ram_t is array (natural range <>) of integer;
    type psum_t is array (0 to {{psum_words}} - 1) of signed(31 downto 0);
    type regs_t is array (0 to 63) of integer;
    type state_t is (HALTED, FETCH, CONV_POS, CONV_TILE, CONV_ROWS, CONV_MVM, CONV_TOKEN, CONV_READ, CONV_SUM, REQUANT,
                     POOL, ADD2, COPY);
{{#regs}}
    constant R_{{name}} : natural := {{index}};
{{/regs}}
begin
    CLK <= HCLK;
    RSTN <= HRSTN;
    QO <= (others => '0');

    process (HCLK)
        variable prog  : ram_t(0 to {{program_words}} - 1) := (others => 0);
        variable fm    : ram_t(0 to {{fm_words}} - 1) := (others => 0);
        variable mul, addl, addh : ram_t(0 to {{param_words}} - 1) := (others => 0);
        variable rowt, colt : ram_t(0 to TABLE_WORDS - 1) := (others => 0);
        variable psum  : psum_t;
        variable reg   : regs_t := (others => 0);
        variable state : state_t := HALTED;
        variable pc, oy, ox, pos, tile, row, col, got, o, k, entry, iy, ix, v, best : integer := 0;
        variable region, offset : natural;
        variable waddr : unsigned(16 downto 0) := (others => '0');
        variable word : unsigned(31 downto 0);
        variable acc64, add64 : signed(63 downto 0);

        -- clamp(((acc · mul + add) >> shift) + zp, lo, hi) as in the plan
        impure function requantised(acc : signed(31 downto 0); m, al, ah : integer) return integer is
            variable t : signed(63 downto 0);
            variable q : signed(63 downto 0);
        begin
            t := resize(acc * to_signed(m, 32), 64) + (to_signed(ah, 32) & to_signed(al, 32));
            q := shift_right(t, reg(R_SHIFT)) + reg(R_OUT_ZP);
            if q < reg(R_LO) then return reg(R_LO); end if;
            if q > reg(R_HI) then return reg(R_HI); end if;
            return to_integer(resize(q, 32));
        end function;

        procedure send(c : std_logic_vector(3 downto 0); core, a, d : integer) is
        begin
            CMD <= c;
            ASEL <= std_logic_vector(to_unsigned(core, 3));
            ADDR <= std_logic_vector(to_unsigned(a, 14));
            WDATA <= std_logic_vector(to_signed(d, 16));
        end procedure;

        -- next output position; true if that was the last one
        impure function step_position return boolean is
        begin
            ox := ox + 1;
            if ox = reg(R_OUT_W) then
                ox := 0;
                oy := oy + 1;
            end if;
            pos := pos + 1;
            return oy = reg(R_OUT_H);
        end function;
    begin
        if rising_edge(HCLK) then
            CMD <= x"0";
            if HRSTN = '0' then
                state := HALTED;
                pc := 0;
                BUSY <= '0';
            else
                region := to_integer(unsigned(HADDR(19 downto 16)));
                offset := to_integer(unsigned(HADDR(15 downto 0)));
                if HWE = '1' then
                    v := to_integer(signed(HWDATA));
                    case region is
                        when 0 => prog(offset) := v;
                        when 1 => fm(offset) := v;
                        when 2 => mul(offset) := v;
                        when 3 => addl(offset) := v;
                        when 4 => addh(offset) := v;
                        when 5 => rowt(offset) := v;
                        when 6 => colt(offset) := v;
                        when 7 =>
                            send(x"2", to_integer(waddr(16 downto 14)), to_integer(waddr(13 downto 0)), 0);
                            WDATA <= HWDATA(15 downto 0);
                            waddr := waddr + 1;
                        when 8 =>
                            if offset = 0 then
                                state := FETCH;
                                BUSY <= '1';
                            elsif offset = 1 then
                                waddr := unsigned(HWDATA(16 downto 0));
                            else
                                send(x"3", to_integer(unsigned(HWDATA(16 downto 14))),
                                     to_integer(unsigned(HWDATA(13 downto 0))), 0);
                            end if;
                        when others => null;
                    end case;
                end if;
                HRDATA <= std_logic_vector(to_signed(fm(offset mod {{fm_words}}), 32));

                case state is
                    when HALTED => null;
                    when FETCH =>
                        -- opcode in bits 31 … 24; SET: register in 23 … 18, value (signed) in 17 … 0
                        word := unsigned(to_signed(prog(pc), 32));
                        pc := pc + 1;
                        oy := 0;
                        ox := 0;
                        pos := 0;
                        tile := 0;
                        o := 0;
                        case to_integer(word(31 downto 24)) is
                            when 0 =>                                   -- HALT
                                state := HALTED;
                                pc := 0;
                                BUSY <= '0';
                            when 1 => reg(to_integer(word(23 downto 18))) := to_integer(signed(word(17 downto 0)));
                            when 2 => state := CONV_POS;
                            when 3 => state := POOL;
                            when 4 => state := ADD2;
                            when 5 => state := COPY;
                            when 6 =>                                   -- WAIT for the host
                                state := HALTED;
                                BUSY <= '0';
                            when others => assert false report "noc: unknown instruction" severity failure;
                        end case;
                    when CONV_POS =>
                        if reg(R_FIRST) = 1 then
                            for i in 0 to reg(R_OC) - 1 loop
                                psum(i * reg(R_OUT_H) * reg(R_OUT_W) + pos) := (others => '0');
                            end loop;
                        end if;
                        row := 0;
                        state := CONV_ROWS;
                    when CONV_ROWS =>                                   -- one tile: its rows onto the row registers
                        entry := rowt(reg(R_ROW_TABLE) + row);
                        v := 0;
                        if entry >= 0 then
                            iy := oy * reg(R_SH) - reg(R_PT) + entry / 256 mod 256;
                            ix := ox * reg(R_SW) - reg(R_PL) + entry mod 256;
                            if iy >= 0 and iy < reg(R_IN_H) and ix >= 0 and ix < reg(R_IN_W) then
                                v := fm(reg(R_IN) + (entry / 65536 * reg(R_IN_H) + iy) * reg(R_IN_W) + ix) - reg(R_IN_ZP);
                            end if;
                        end if;
                        send(x"1", reg(R_CORE), reg(R_ROW0) + row, v);
                        row := row + 1;
                        if row = reg(R_ROWS) then state := CONV_MVM; end if;
                    when CONV_MVM =>
                        send(x"4", reg(R_CORE), reg(R_DIGITS) * 4096 + (reg(R_PER_CHUNK) - 1) * 64 + reg(R_BLOCK0), reg(R_BLOCKS));
                        state := CONV_TOKEN;
                    when CONV_TOKEN =>
                        if QI(32) = '1' then
                            send(x"5", reg(R_CORE), reg(R_COL0), reg(R_COLS));
                            got := 0;
                            state := CONV_READ;
                        end if;
                    when CONV_READ =>
                        if QI(32) = '1' then
                            entry := colt(reg(R_COL_TABLE) + got);
                            if entry >= 0 then
                                k := entry / 4 * reg(R_OUT_H) * reg(R_OUT_W) + pos;
                                psum(k) := psum(k) + shift_left(signed(QI(31 downto 0)), MAG_BITS * (entry mod 4));
                            end if;
                            got := got + 1;
                            if got = reg(R_COLS) then state := CONV_SUM; end if;
                        end if;
                    when CONV_SUM =>
                        if step_position then
                            oy := 0;
                            ox := 0;
                            pos := 0;
                            if reg(R_LAST) = 1 then state := REQUANT; else state := FETCH; end if;
                        else
                            state := CONV_POS;
                        end if;
                    when REQUANT =>
                        k := o * reg(R_OUT_H) * reg(R_OUT_W) + pos;
                        fm(reg(R_OUT) + k) := requantised(psum(k), mul(reg(R_PARAM) + o), addl(reg(R_PARAM) + o),
                                                         addh(reg(R_PARAM) + o));
                        pos := pos + 1;
                        if pos = reg(R_OUT_H) * reg(R_OUT_W) then
                            pos := 0;
                            o := o + 1;
                            if o = reg(R_OC) then state := FETCH; end if;
                        end if;
                    when POOL =>                                        -- one output a clock; o is the channel
                        v := 0;
                        best := integer'low;
                        for ky in 0 to reg(R_KH) - 1 loop
                            for kx in 0 to reg(R_KW) - 1 loop
                                iy := oy * reg(R_SH) - reg(R_PT) + ky;
                                ix := ox * reg(R_SW) - reg(R_PL) + kx;
                                if iy >= 0 and iy < reg(R_IN_H) and ix >= 0 and ix < reg(R_IN_W) then
                                    k := fm(reg(R_IN) + (o * reg(R_IN_H) + iy) * reg(R_IN_W) + ix);
                                    v := v + k - reg(R_IN_ZP);
                                    best := maximum(best, k);
                                end if;
                            end loop;
                        end loop;
                        k := reg(R_OUT) + o * reg(R_OUT_H) * reg(R_OUT_W) + pos;
                        if reg(R_MAX) = 1 then
                            fm(k) := best;
                        else
                            fm(k) := requantised(to_signed(v, 32), mul(reg(R_PARAM) + o), addl(reg(R_PARAM) + o),
                                                 addh(reg(R_PARAM) + o));
                        end if;
                        if step_position then
                            oy := 0;
                            ox := 0;
                            pos := 0;
                            o := o + 1;
                            if o = reg(R_OC) then state := FETCH; end if;
                        end if;
                    when ADD2 =>
                        acc64 := to_signed(fm(reg(R_IN) + pos) - reg(R_IN_ZP), 32) * to_signed(mul(reg(R_PARAM)), 32);
                        add64 := to_signed(fm(reg(R_IN2) + pos) - reg(R_IN2_ZP), 32) * to_signed(mul(reg(R_PARAM) + 1), 32);
                        acc64 := acc64 + add64 + (to_signed(addh(reg(R_PARAM)), 32) & to_signed(addl(reg(R_PARAM)), 32));
                        acc64 := shift_right(acc64, reg(R_SHIFT)) + reg(R_OUT_ZP);
                        if acc64 < reg(R_LO) then acc64 := to_signed(reg(R_LO), 64); end if;
                        if acc64 > reg(R_HI) then acc64 := to_signed(reg(R_HI), 64); end if;
                        fm(reg(R_OUT) + pos) := to_integer(acc64(31 downto 0));
                        pos := pos + 1;
                        if pos = reg(R_COUNT) then state := FETCH; end if;
                    when COPY =>
                        fm(reg(R_OUT) + pos) := fm(reg(R_IN) + pos);
                        pos := pos + 1;
                        if pos = reg(R_COUNT) then state := FETCH; end if;
                    when others => assert false report "noc: state" severity failure;
                end case;
            end if;
        end if;
    end process;
end architecture;
