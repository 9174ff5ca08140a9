-- ---------------------------------------------------------------- requantisation: clamp(((S · M + A) >> SHIFT) + ZP, LO, HI) in three clocks
-- A holds half a unit: what is shifted out is nothing but 0 where the result is a tie, and then the even number is taken.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

-- KIND 0: as above; 1: S unchanged; 2: S · M + A is kept for the 3 that follows; 3: what was kept + S · M, then as 0.
entity requant is
    generic (WORD : positive);
    port (
        CLK   : in  std_logic;
        V     : in  std_logic;
        KIND  : in  std_logic_vector(1 downto 0);
        S     : in  signed(31 downto 0);
        M     : in  signed(31 downto 0);
        A     : in  signed(63 downto 0);
        AT    : in  std_logic_vector(15 downto 0);
        SHIFT : in  unsigned(5 downto 0);
        ZP, LO, HI : in signed(17 downto 0);
        WE    : out std_logic;
        WA    : out std_logic_vector(15 downto 0);
        Q     : out std_logic_vector(WORD - 1 downto 0));
end entity;

architecture rtl of requant is
    signal v1, v2 : std_logic;
    signal k1, k2 : std_logic_vector(1 downto 0);
    signal s1, s2 : signed(31 downto 0);
    signal p1, a1, t2 : signed(63 downto 0);
    signal at1, at2 : std_logic_vector(15 downto 0);
begin
    process (CLK)
        variable x : signed(63 downto 0);
        variable tie : boolean;
    begin
        if rising_edge(CLK) then
            v1 <= V;
            if V = '1' then                                    -- the multiplier rests otherwise
                k1 <= KIND;
                s1 <= S;
                p1 <= S * M;
                a1 <= A;
                at1 <= AT;
            end if;
            v2 <= v1;
            if v1 = '1' then
                k2 <= k1;
                s2 <= s1;
                at2 <= at1;
                if k1 = "11" then t2 <= t2 + p1; else t2 <= p1 + a1; end if;
            end if;
            WE <= '0';
            if v2 = '1' and k2 /= "10" then
                tie := SHIFT /= 0;
                for i in 0 to 45 loop
                    if i < SHIFT and t2(i) = '1' then tie := false; end if;
                end loop;
                x := shift_right(t2, to_integer(SHIFT));
                if tie then x(0) := '0'; end if;              -- odd: one less
                x := x + ZP;
                if x < LO then x := resize(LO, 64); end if;
                if x > HI then x := resize(HI, 64); end if;
                if k2 = "01" then x := resize(s2, 64); end if;
                WE <= '1';
                WA <= at2;
                Q <= std_logic_vector(x(WORD - 1 downto 0));
            end if;
        end if;
    end process;
end architecture;

-- ---------------------------------------------------------------- serial host port: SPI mode 0, slave, most significant bit first
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

-- While CSN is low: 32 bits of header (bit 31: 1 write, 0 read; bits 19…0: address), then 32-bit words at addresses that count up. SCK at most an
-- eighth of CLK: two clocks to synchronise, one to find the edge, and as many for a word to be read. A read gives the word of its address in the 32 bits after the header, and so on.
entity spi_port is
    port (
        CLK, RSTN : in  std_logic;
        SCK, CSN, MOSI : in std_logic;
        MISO   : out std_logic;
        WE     : out std_logic;
        RE     : out std_logic;                                -- ADDR is one to be read
        ADDR   : out std_logic_vector(19 downto 0);
        WDATA  : out std_logic_vector(31 downto 0);
        RDATA  : in  std_logic_vector(31 downto 0));         -- word at ADDR two clocks later
end entity;

architecture rtl of spi_port is
    signal sck_s, csn_s, mosi_s : std_logic_vector(2 downto 0);
    signal bits : unsigned(4 downto 0);
    signal shift_in, shift_out : std_logic_vector(31 downto 0);
    signal header, write, load : std_logic;
    signal wait_read : unsigned(1 downto 0);
    signal a : unsigned(19 downto 0);
begin
    MISO <= shift_out(31);
    ADDR <= std_logic_vector(a);
    process (CLK)
        variable word : std_logic_vector(31 downto 0);
    begin
        if rising_edge(CLK) then
            sck_s <= sck_s(1 downto 0) & SCK;
            csn_s <= csn_s(1 downto 0) & CSN;
            mosi_s <= mosi_s(1 downto 0) & MOSI;
            WE <= '0';
            if wait_read /= 0 then
                wait_read <= wait_read - 1;
                if wait_read = 1 then shift_out <= RDATA; end if;
            end if;
            if load = '1' then                                 -- after a write: the next address
                load <= '0';
                a <= a + 1;
            end if;
            if RSTN = '0' or csn_s(1) = '1' then
                bits <= (others => '0');
                header <= '1';
                write <= '0';
                RE <= '0';
                load <= '0';
                wait_read <= "00";
            elsif sck_s(2 downto 1) = "01" then                -- rising: take a bit
                word := shift_in(30 downto 0) & mosi_s(1);
                shift_in <= word;
                bits <= bits + 1;
                if bits = 31 then
                    header <= '0';
                    if header = '1' then
                        a <= unsigned(word(19 downto 0));
                        write <= word(31);
                        RE <= not word(31);
                        if word(31) = '0' then wait_read <= "11"; end if;
                    elsif write = '1' then
                        WDATA <= word;
                        WE <= '1';
                        load <= '1';
                    else
                        a <= a + 1;
                        wait_read <= "11";
                    end if;
                end if;
            elsif sck_s(2 downto 1) = "10" and header = '0' and bits /= 0 then   -- falling: give the next; the first of a word is there already
                shift_out <= shift_out(30 downto 0) & '0';
            end if;
        end if;
    end process;
end architecture;

-- ---------------------------------------------------------------- the chip's controller
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.apu_pkg.all;

-- Program, feature maps, partial sums, requantisation. Three machines that work at the same time: the writer puts rows on the bus, position after
-- position and APU after APU; the collector asks the same APUs in the same order for their columns; what it gets runs through the partial sums and the
-- requantisation into the feature maps. Host port, parallel (HADDR = region and offset) or serial: docs/isa.md.
entity noc is
    port (
        CLK    : out std_logic;
        RSTN   : out std_logic;
        CMD    : out std_logic_vector(3 downto 0);
        ASEL   : out std_logic_vector({{asel}} - 1 downto 0);
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
        SCK    : in  std_logic;
        CSN    : in  std_logic;
        MOSI   : in  std_logic;
        MISO   : out std_logic;
        BUSY   : out std_logic);
end entity;

architecture rtl of noc is
    type state_t is (HALTED, FETCH, DECODE, CONV, POOL, ADD2, COPY, DRAIN, LOADW, STORING);
    type writer_t is (W_IDLE, W_CHECK, W_ROWS, W_MVM);
    type collector_t is (C_IDLE, C_SEEK, C_DATA);
    subtype imm_t is signed(17 downto 0);
    subtype adr_t is unsigned(15 downto 0);
    type regs_t is array (0 to 63) of imm_t;
    type slots_t is array (0 to N_APUS - 1) of adr_t;
    type counts_t is array (0 to N_APUS - 1) of unsigned(1 downto 0);
    subtype slot_t is natural range 0 to N_APUS - 1;
    signal state : state_t;
    signal w_state : writer_t;
    signal c_state : collector_t;
    signal regs : regs_t;
    signal row0, rows, rowt_at, cols, colt_at, tile : slots_t;     -- per APU
    signal used, sent : counts_t;                                   -- tiles begun and not collected; and of those, whose MVM is sent
    signal mask, step : std_logic_vector(N_APUS - 1 downto 0);    -- APUs of the CONV; those behind which the position changes
    signal pc : adr_t;
    signal go, host_bus, read_req : std_logic;
    -- host, parallel or serial
    signal h_we, s_we, s_re, sel_status : std_logic;
    signal h_addr, s_addr : std_logic_vector(19 downto 0);
    signal h_data, s_data, h_rdata : std_logic_vector(31 downto 0);
    signal h_region : natural range 0 to 15;
    signal bus_at : unsigned({{asel}} + 13 downto 0);
    signal busy_r, w_ready, w_storing, loaded : std_logic;
    signal loaded_cycle : unsigned(17 downto 0);
    signal imm : unsigned(17 downto 0);
    signal count : unsigned(15 downto 0);
    -- writer
    signal w_slot, c_slot, p1_slot, p2_slot : slot_t;
    signal w_row, p1_row, p2_row, w_ox, w_oy : adr_t;
    signal w_base, w_line : signed(17 downto 0);
    signal w_y, w_x : signed(17 downto 0);
    signal w_round : unsigned(1 downto 0);                          -- times all APUs of the CONV have been begun, up to 2: dummy rows are 0 in both banks
    signal skip : std_logic;                                        -- the row read is a dummy that is there already
    signal p1_row_v, p1_mvm, p2_row_v, p2_mvm, p2_in, in_window : std_logic;
    -- collector and partial sums
    signal c_got, c_pos, c_ox, c_oy : adr_t;
    signal d1, d2, s3, sum : signed(31 downto 0);
    signal v1, v2, v3, first2, last2, dummy : std_logic;
    signal pos1, ps_at, ps2, ps3, k0, k1, k2 : adr_t;
    -- pooling, sums, copies
    signal t_y, t_x, t_line, t_win, t_row0, t_ch : signed(17 downto 0);
    signal ky, kx, ch, t_out, idx : adr_t;
    signal half, t_in, t_v, t_first, t_last : std_logic;
    signal t_kind : std_logic_vector(1 downto 0);
    signal t_at : adr_t;
    signal acc : signed(31 downto 0);
    signal best : signed({{fm_bits}} - 1 downto 0);
    signal t_window : std_logic;
    -- requantisation
    signal rq_v : std_logic;
    signal rq_kind : std_logic_vector(1 downto 0);
    signal rq_s, rq_m : signed(31 downto 0);
    signal rq_a : signed(63 downto 0);
    signal rq_at : std_logic_vector(15 downto 0);
    signal rq_we : std_logic;
    signal rq_wa : std_logic_vector(15 downto 0);
    signal rq_q : std_logic_vector({{fm_bits}} - 1 downto 0);
    signal to_we : std_logic;                                      -- into the feature maps
    signal to_wa : std_logic_vector(15 downto 0);
    signal to_d : std_logic_vector({{fm_bits}} - 1 downto 0);
{{#tables}}
    -- functions
    signal through, tab_we, tab_re, tab_v : std_logic;
    signal tab_ra : adr_t;
    signal tab_q, tab_d : std_logic_vector({{fm_bits}} - 1 downto 0);
{{/tables}}
    -- memories
    signal prog_we, prog_re, fm_we, fm_re, mul_we, addl_we, addh_we, rowt_we, colt_we, par_re, rowt_re, colt_re, ps_re : std_logic;
    signal fm_wa, fm_ra, par_ra : adr_t;
    signal rowt_ra, colt_ra : adr_t;
    signal prog_q, mul_q, addl_q, addh_q, rowt_q, colt_q, ps_q : std_logic_vector(31 downto 0);
    signal fm_d, fm_q : std_logic_vector({{fm_bits}} - 1 downto 0);

    function slv(u : unsigned) return std_logic_vector is
    begin
        return std_logic_vector(u);
    end function;
    -- the APU behind `behind` that takes part; the lowest if there is none
    procedure next_slot(m : std_logic_vector; behind : slot_t; variable to_slot : out slot_t) is
        variable lowest : slot_t;
    begin
        lowest := 0;
        for i in N_APUS - 1 downto 0 loop
            if m(i) = '1' then lowest := i; end if;
        end loop;
        to_slot := lowest;
        for i in N_APUS - 1 downto 0 loop
            if m(i) = '1' and i > behind then
                to_slot := i;
            end if;
        end loop;
    end procedure;
begin
    CLK <= HCLK;
    RSTN <= HRSTN;
    QO <= (others => '0');
    BUSY <= busy_r;

    -- synthesis translate_off
    process (CLK)
    begin
        if rising_edge(CLK) then
            if CMD = CMD_XW or CMD = CMD_MVM or CMD = CMD_READ then traffic.add(0); end if;
            if QI(32) = '1' then traffic.add(1); end if;
        end if;
    end process;
    -- synthesis translate_on

    -- ---------------------------------------------------------------- host
    serial : entity work.spi_port port map (CLK => CLK, RSTN => HRSTN, SCK => SCK, CSN => CSN, MOSI => MOSI, MISO => MISO, WE => s_we, RE => s_re,
                                            ADDR => s_addr, WDATA => s_data, RDATA => h_rdata);
    h_we <= HWE or s_we;
    h_addr <= s_addr when s_we = '1' or s_re = '1' else HADDR;
    h_data <= s_data when s_we = '1' else HWDATA;
    h_region <= index(h_addr(19 downto 16));
    host_bus <= '1' when h_we = '1' and (h_region = REGION_WGT or h_region = REGION_IMEM or (h_region = REGION_CTL and h_addr(1 downto 0) = "10")) else '0';
    h_rdata <= (0 => busy_r, 1 => not (w_ready or w_storing), others => '0') when sel_status = '1' else std_logic_vector(resize(signed(fm_q), 32));
    HRDATA <= h_rdata;

    -- ---------------------------------------------------------------- memories
    prog_we <= '1' when h_we = '1' and h_region = REGION_PROG else '0';
    mul_we <= '1' when h_we = '1' and h_region = REGION_MUL else '0';
    addl_we <= '1' when h_we = '1' and h_region = REGION_ADDL else '0';
    addh_we <= '1' when h_we = '1' and h_region = REGION_ADDH else '0';
    rowt_we <= '1' when h_we = '1' and h_region = REGION_ROWT else '0';
    colt_we <= '1' when h_we = '1' and h_region = REGION_COLT else '0';
    prog_re <= '1' when state = FETCH else '0';
    instructions : entity work.ram generic map (DEPTH => {{program_words}}, WIDTH => 32, ADDRESS => {{program_ix}})
        port map (CLK => CLK, WE => prog_we, WA => h_addr({{program_ix}} - 1 downto 0), D => h_data, RE => prog_re, RA => slv(pc({{program_ix}} - 1 downto 0)), Q => prog_q);
    row_table : entity work.ram generic map (DEPTH => {{rowt_words}}, WIDTH => 32, ADDRESS => {{rowt_ix}})
        port map (CLK => CLK, WE => rowt_we, WA => h_addr({{rowt_ix}} - 1 downto 0), D => h_data, RE => rowt_re, RA => slv(rowt_ra({{rowt_ix}} - 1 downto 0)), Q => rowt_q);
    col_table : entity work.ram generic map (DEPTH => {{colt_words}}, WIDTH => 32, ADDRESS => {{colt_ix}})
        port map (CLK => CLK, WE => colt_we, WA => h_addr({{colt_ix}} - 1 downto 0), D => h_data, RE => colt_re, RA => slv(colt_ra({{colt_ix}} - 1 downto 0)), Q => colt_q);
    mul_memory : entity work.ram generic map (DEPTH => {{param_words}}, WIDTH => 32, ADDRESS => {{param_ix}})
        port map (CLK => CLK, WE => mul_we, WA => h_addr({{param_ix}} - 1 downto 0), D => h_data, RE => par_re, RA => slv(par_ra({{param_ix}} - 1 downto 0)), Q => mul_q);
    addl_memory : entity work.ram generic map (DEPTH => {{param_words}}, WIDTH => 32, ADDRESS => {{param_ix}})
        port map (CLK => CLK, WE => addl_we, WA => h_addr({{param_ix}} - 1 downto 0), D => h_data, RE => par_re, RA => slv(par_ra({{param_ix}} - 1 downto 0)), Q => addl_q);
    addh_memory : entity work.ram generic map (DEPTH => {{param_words}}, WIDTH => 32, ADDRESS => {{param_ix}})
        port map (CLK => CLK, WE => addh_we, WA => h_addr({{param_ix}} - 1 downto 0), D => h_data, RE => par_re, RA => slv(par_ra({{param_ix}} - 1 downto 0)), Q => addh_q);
    psum : entity work.ram generic map (DEPTH => {{psum_words}}, WIDTH => 32, ADDRESS => {{psum_ix}})
        port map (CLK => CLK, WE => v2, WA => slv(ps2({{psum_ix}} - 1 downto 0)), D => std_logic_vector(sum), RE => ps_re, RA => slv(ps_at({{psum_ix}} - 1 downto 0)), Q => ps_q);
    feature_maps : entity work.ram generic map (DEPTH => {{fm_words}}, WIDTH => {{fm_bits}}, ADDRESS => {{fm_ix}})
        port map (CLK => CLK, WE => fm_we, WA => slv(fm_wa({{fm_ix}} - 1 downto 0)), D => fm_d, RE => fm_re, RA => slv(fm_ra({{fm_ix}} - 1 downto 0)), Q => fm_q);
    fm_we <= '1' when to_we = '1' or (h_we = '1' and h_region = REGION_FM) else '0';
    fm_wa <= unsigned(to_wa) when to_we = '1' else unsigned(h_addr(15 downto 0));
    fm_d <= to_d when to_we = '1' else h_data({{fm_bits}} - 1 downto 0);
{{#tables}}
    tab_we <= '1' when h_we = '1' and h_region = REGION_TABLE else '0';
    tables : entity work.ram generic map (DEPTH => {{table_words}}, WIDTH => {{fm_bits}}, ADDRESS => {{table_ix}})
        port map (CLK => CLK, WE => tab_we, WA => h_addr({{table_ix}} - 1 downto 0), D => h_data({{fm_bits}} - 1 downto 0), RE => tab_re, RA => slv(tab_ra({{table_ix}} - 1 downto 0)), Q => tab_q);
{{/tables}}

    -- ---------------------------------------------------------------- address generators
    go <= not (host_bus or read_req);
    read_req <= '1' when c_state = C_SEEK and sent(c_slot) /= 0 else '0';
    rowt_re <= '1' when w_state = W_ROWS and go = '1' else '0';
    rowt_ra <= rowt_at(w_slot) + w_row;
    skip <= '1' when p1_row_v = '1' and rowt_q(7 downto 0) = x"ff" and w_round(1) = '1' else '0';

    process (all)
        variable y, x : signed(17 downto 0);
        variable at : signed(17 downto 0);
    begin
        in_window <= '0';
        fm_re <= '0';
        t_in <= '0';
        if state = CONV then
            -- where the row's element is in the window at hand
            at := w_base + signed("00" & rowt_q(31 downto 16));
            if p1_row_v = '1' then
                y := w_y + signed('0' & rowt_q(15 downto 8));
                x := w_x + signed('0' & rowt_q(7 downto 0));
                if rowt_q(7 downto 0) /= x"ff" and y >= 0 and y < regs(R_IN_H) and x >= 0 and x < regs(R_IN_W) then
                    in_window <= '1';
                    fm_re <= go;
                end if;
            end if;
        elsif state = POOL then
            at := t_win + t_line + signed(resize(kx, 18));
            y := t_y + signed(resize(ky, 18));
            x := t_x + signed(resize(kx, 18));
            if y >= 0 and y < regs(R_IN_H) and x >= 0 and x < regs(R_IN_W) then
                t_in <= '1';
                fm_re <= '1';
            end if;
        elsif state = ADD2 then
            fm_re <= '1';
            if half = '0' then at := regs(R_IN) + signed(resize(idx, 18)); else at := regs(R_IN2) + signed(resize(idx, 18)); end if;
        elsif state = COPY then
            fm_re <= '1';
            at := regs(R_IN) + signed(resize(idx, 18));
        else
            at := signed("00" & h_addr(15 downto 0));
            if h_region = REGION_FM and state = HALTED then fm_re <= '1'; end if;
        end if;
        fm_ra <= unsigned(at(15 downto 0));
    end process;

    colt_re <= '1' when c_state = C_DATA and QI(32) = '1' else '0';
    colt_ra <= colt_at(c_slot) + c_got;
    dummy <= '1' when colt_q = x"ffffffff" else '0';
    process (all)
        variable k : unsigned(31 downto 0);
    begin
        k := unsigned(colt_q(19 downto 4)) * unsigned(regs(R_PLANE)(15 downto 0));
        k0 <= k(15 downto 0);
    end process;
    k1 <= k0 + pos1;
    process (all)
    begin
        if regs(R_WIDE)(0) = '1' then ps_at <= k1; else ps_at <= unsigned(colt_q(19 downto 4)); end if;
        ps_re <= v1 and not dummy;
        -- parameters: of the output that is complete; of the channel or summand at hand
        par_re <= '0';
        par_ra <= unsigned(regs(R_PARAM)(15 downto 0)) + unsigned(colt_q(19 downto 4));
        if state = POOL then
            par_re <= not regs(R_MAX)(0);
            par_ra <= unsigned(regs(R_PARAM)(15 downto 0)) + ch;
        elsif state = ADD2 then
            par_re <= '1';
            par_ra <= unsigned(regs(R_PARAM)(15 downto 0)) + unsigned'(0 => half);
        else
            par_re <= v1 and not dummy and colt_q(3);
        end if;
        if first2 = '1' then sum <= d2;
        elsif v3 = '1' and ps3 = ps2 then sum <= d2 + s3;      -- not yet in the memory's output
        else sum <= d2 + signed(ps_q); end if;
    end process;

    quantiser : entity work.requant generic map (WORD => {{fm_bits}})
        port map (CLK => CLK, V => rq_v, KIND => rq_kind, S => rq_s, M => rq_m, A => rq_a, AT => rq_at, SHIFT => unsigned(regs(R_SHIFT)(5 downto 0)),
                  ZP => regs(R_OUT_ZP), LO => regs(R_LO), HI => regs(R_HI), WE => rq_we, WA => rq_wa, Q => rq_q);

{{^tables}}
    to_we <= rq_we;
    to_wa <= rq_wa;
    to_d <= rq_q;
{{/tables}}
{{#tables}}
    -- ---------------------------------------------------------------- functions: a clock more on the way into the feature maps
    tab_re <= rq_we and through;
    process (all)
        variable x : signed(17 downto 0);
    begin
        x := resize(signed(rq_q), 18);
        if x < regs(R_LO) then x := regs(R_LO); end if;
        if x > regs(R_HI) then x := regs(R_HI); end if;
        x := regs(R_TABLE) + x - regs(R_LO);
        tab_ra <= unsigned(x(15 downto 0));
    end process;
    process (CLK)
    begin
        if rising_edge(CLK) then
            to_we <= rq_we;
            to_wa <= rq_wa;
            tab_d <= rq_q;
            tab_v <= through;
        end if;
    end process;
    to_d <= tab_q when tab_v = '1' else tab_d;

{{/tables}}
    -- ---------------------------------------------------------------- machines
    process (CLK)
        variable op : natural range 0 to 255;
        variable r : natural range 0 to 63;
        variable s : slot_t;
        variable last : boolean;
        variable taking : std_logic_vector(N_APUS - 1 downto 0);
        variable u, e : counts_t;
        variable a0 : signed(31 downto 0);
        variable b0 : signed({{fm_bits}} - 1 downto 0);

        -- one counter, modulo 4: 3 is one less
        procedure bump(variable c : inout counts_t; at : slot_t; by : natural range 0 to 3) is
        begin
            for i in 0 to N_APUS - 1 loop
                if i = at then c(i) := c(i) + to_unsigned(by, 2); end if;
            end loop;
        end procedure;

        procedure send(c : std_logic_vector(3 downto 0); apu : slot_t; a : unsigned(13 downto 0)) is
        begin
            CMD <= c;
            ASEL <= std_logic_vector(to_unsigned(apu, {{asel}}));
            ADDR <= slv(a);
        end procedure;
    begin
        if rising_edge(CLK) then
            CMD <= x"0";
            if HRSTN = '0' then
                state <= HALTED;
                w_state <= W_IDLE;
                c_state <= C_IDLE;
                pc <= (others => '0');
                busy_r <= '0';
                w_ready <= '0';
                w_storing <= '0';
                loaded <= '0';
                sel_status <= '0';
                p1_row_v <= '0';
                p1_mvm <= '0';
                p2_row_v <= '0';
                p2_mvm <= '0';
                v1 <= '0';
                v2 <= '0';
                v3 <= '0';
                t_v <= '0';
                rq_v <= '0';
                for i in 0 to N_APUS - 1 loop
                    used(i) <= "00";
                    sent(i) <= "00";
                end loop;
            else
                u := used;
                e := sent;
                -- ---- host
                if h_region = REGION_CTL then sel_status <= '1'; else sel_status <= '0'; end if;
                if h_we = '1' then
                    if h_region = REGION_WGT or h_region = REGION_IMEM then
                        if h_region = REGION_WGT then CMD <= CMD_WMW; else CMD <= CMD_IMW; end if;
                        ASEL <= slv(bus_at({{asel}} + 13 downto 14));
                        ADDR <= slv(bus_at(13 downto 0));
                        WDATA <= h_data(15 downto 0);
                        if h_region = REGION_IMEM then bus_at <= bus_at + 1; end if;
                    elsif h_region = REGION_CTL then
                        if h_addr(1 downto 0) = "00" then
                            state <= FETCH;
                            busy_r <= '1';
                        elsif h_addr(1 downto 0) = "01" then
                            bus_at <= unsigned(h_data({{asel}} + 13 downto 0));
                        elsif h_addr(1 downto 0) = "10" then
                            CMD <= CMD_STOREW;
                            ASEL <= h_data({{asel}} + 13 downto 14);
                            ADDR <= h_data(13 downto 0);
                        else
                            w_ready <= '1';
                        end if;
                    end if;
                end if;

                -- ---- instructions
                if state = HALTED then
                    null;
                elsif state = FETCH then
                    pc <= pc + 1;
                    state <= DECODE;
                elsif state = DECODE then
                    op := index(prog_q(31 downto 24));
                    r := index(prog_q(23 downto 18));
                    imm <= unsigned(prog_q(17 downto 0));
{{#tables}}
                    if op /= OP_SET then through <= prog_q(18); end if;
{{/tables}}
{{^far}}
                    taking := prog_q(N_APUS - 1 downto 0);
                    step <= slv(unsigned(regs(R_STEP)(N_APUS - 1 downto 0)));
{{/far}}
{{#far}}
                    step <= slv(shift_left(resize(unsigned(regs(R_STEP)), N_APUS), to_integer(unsigned(regs(R_FIRST)({{asel}} - 1 downto 0)))));
                    taking := slv(shift_left(resize(unsigned(prog_q(17 downto 0)), N_APUS), to_integer(unsigned(regs(R_FIRST)({{asel}} - 1 downto 0)))));
{{/far}}
                    mask <= taking;
                    next_slot(taking, N_APUS - 1, s);
                    w_slot <= s;
                    c_slot <= s;
                    w_ox <= (others => '0');
                    w_oy <= (others => '0');
                    w_round <= "00";
                    c_ox <= (others => '0');
                    c_oy <= (others => '0');
                    c_pos <= (others => '0');
                    w_base <= regs(R_IN);
                    w_line <= regs(R_IN);
                    w_y <= -regs(R_PT);
                    w_x <= -regs(R_PL);
                    t_y <= -regs(R_PT);
                    t_x <= -regs(R_PL);
                    t_win <= regs(R_IN);
                    t_row0 <= regs(R_IN);
                    t_ch <= regs(R_IN);
                    t_line <= (others => '0');
                    ky <= (others => '0');
                    kx <= (others => '0');
                    ch <= (others => '0');
                    idx <= (others => '0');
                    half <= '0';
                    t_out <= unsigned(regs(R_OUT)(15 downto 0));
                    state <= FETCH;
                    if op = OP_HALT or op = OP_PAGE then
                        state <= HALTED;
                        pc <= (others => '0');
                        busy_r <= '0';
                    elsif op = OP_SET then
                        for i in 0 to 63 loop             -- registers, not a memory
                            if i = r then regs(i) <= signed(prog_q(17 downto 0)); end if;
                        end loop;
                        for i in 0 to N_APUS - 1 loop
                            if i = to_integer(unsigned(regs(R_CORE)({{asel}} - 1 downto 0))) then
                                if r = R_ROW0 then
                                    row0(i) <= unsigned(prog_q(15 downto 0));
                                elsif r = R_ROWS then
                                    rows(i) <= unsigned(prog_q(15 downto 0));
                                elsif r = R_ROW_TABLE then
                                    rowt_at(i) <= unsigned(prog_q(15 downto 0));
                                elsif r = R_COLS then
                                    cols(i) <= unsigned(prog_q(15 downto 0));
                                elsif r = R_COL_TABLE then
                                    colt_at(i) <= unsigned(prog_q(15 downto 0));
                                elsif r = R_TILE then
                                    tile(i) <= unsigned(prog_q(15 downto 0));
                                else
                                    null;
                                end if;
                            end if;
                        end loop;
                    elsif op = OP_CONV then
                        w_state <= W_CHECK;
                        c_state <= C_SEEK;
                        state <= CONV;
                    elsif op = OP_POOL then
                        state <= POOL;
                    elsif op = OP_ADD then
                        state <= ADD2;
                    elsif op = OP_COPY then
                        state <= COPY;
                    elsif op = OP_LOAD then
                        state <= LOADW;
                    else
                        -- synthesis translate_off
                        assert false report "noc: unknown instruction" severity failure;
                        -- synthesis translate_on
                        state <= HALTED;
                        busy_r <= '0';
                    end if;
                elsif state = LOADW then
                    if loaded = '1' and loaded_cycle = imm then
                        state <= FETCH;
                    elsif w_ready = '1' and host_bus = '0' then
                        CMD <= CMD_STORE;
                        w_ready <= '0';
                        w_storing <= '1';
                        loaded <= '1';
                        loaded_cycle <= imm;
                        count <= to_unsigned({{store_clocks}}, 16);
                        state <= STORING;
                    end if;
                elsif state = STORING then
                    count <= count - 1;
                    if count = 0 then
                        w_storing <= '0';
                        state <= FETCH;
                    end if;
                elsif state = CONV then
                    null;
                elsif state = DRAIN then
                    count <= count - 1;
                    if count = 0 then state <= FETCH; end if;
                elsif state = POOL or state = ADD2 or state = COPY then
                    null;
                end if;

                -- ---- writer: three stages, all held while the bus is taken
                if go = '1' then
                    p1_row_v <= '0';
                    p1_mvm <= '0';
                    p1_slot <= w_slot;
                    p1_row <= w_row;
                    if w_state = W_IDLE then
                        null;
                    elsif w_state = W_CHECK then
                        if u(w_slot) < 2 then
                            bump(u, w_slot, 1);
                            w_row <= (others => '0');
                            w_state <= W_ROWS;
                        end if;
                    elsif w_state = W_ROWS and skip = '1' and rowt_q(31 downto 16) /= x"0000" then
                        -- the row read now is a dummy as well; on behind the last of them
                        w_row <= p1_row + unsigned(rowt_q(31 downto 16)) + 1;
                        if p1_row + unsigned(rowt_q(31 downto 16)) + 1 = rows(w_slot) then w_state <= W_MVM; end if;
                    elsif w_state = W_ROWS then
                        p1_row_v <= '1';
                        w_row <= w_row + 1;
                        if w_row + 1 = rows(w_slot) then w_state <= W_MVM; end if;
                    elsif w_state = W_MVM then
                        p1_mvm <= '1';
                        next_slot(mask, w_slot, s);
                        w_slot <= s;
                        if s <= w_slot and w_round(1) = '0' then w_round <= w_round + 1; end if;
                        w_state <= W_CHECK;
                        if step(w_slot) = '1' then
                            if signed(resize(w_ox, 18)) + 1 = regs(R_OUT_W) then
                                w_ox <= (others => '0');
                                w_oy <= w_oy + 1;
                                w_line <= w_line + regs(R_SHW);
                                w_base <= w_line + regs(R_SHW);
                                w_y <= w_y + regs(R_SH);
                                w_x <= -regs(R_PL);
                                if signed(resize(w_oy, 18)) + 1 = regs(R_OUT_H) then w_state <= W_IDLE; end if;
                            else
                                w_ox <= w_ox + 1;
                                w_base <= w_base + regs(R_SW);
                                w_x <= w_x + regs(R_SW);
                            end if;
                        end if;
                    end if;
                    p2_row_v <= p1_row_v and not skip;
                    p2_mvm <= p1_mvm;
                    p2_slot <= p1_slot;
                    p2_row <= p1_row;
                    p2_in <= in_window;
                    if p2_row_v = '1' then
                        send(CMD_XW, p2_slot, resize(row0(p2_slot) + p2_row, 14));
                        if p2_in = '1' then
                            WDATA <= std_logic_vector(resize(resize(signed(fm_q), 19) - regs(R_IN_ZP), 16));
                        else
                            WDATA <= (others => '0');
                        end if;
                    elsif p2_mvm = '1' then
                        send(CMD_MVM, p2_slot, resize(tile(p2_slot), 14));
                        bump(e, p2_slot, 1);
                    end if;
                end if;

                -- ---- collector
                v1 <= '0';
                if read_req = '1' and host_bus = '0' then
                    send(CMD_READ, c_slot, resize(tile(c_slot) + 1, 14));
                    c_got <= (others => '0');
                    c_state <= C_DATA;
                elsif c_state = C_DATA and QI(32) = '1' then
                    d1 <= signed(QI(31 downto 0));
                    v1 <= '1';
                    pos1 <= c_pos;
                    c_got <= c_got + 1;
                    if c_got + 1 = cols(c_slot) then
                        bump(u, c_slot, 3);
                        bump(e, c_slot, 3);
                        next_slot(mask, c_slot, s);
                        c_slot <= s;
                        c_state <= C_SEEK;
                        if step(c_slot) = '1' then
                            c_pos <= c_pos + 1;
                            if signed(resize(c_ox, 18)) + 1 = regs(R_OUT_W) then
                                c_ox <= (others => '0');
                                c_oy <= c_oy + 1;
                                if signed(resize(c_oy, 18)) + 1 = regs(R_OUT_H) then
                                    c_state <= C_IDLE;
                                    count <= to_unsigned(7, 16);
                                    state <= DRAIN;
                                end if;
                            else
                                c_ox <= c_ox + 1;
                            end if;
                        end if;
                    end if;
                end if;
                used <= u;
                sent <= e;
                -- partial sums: address, then sum
                v2 <= v1 and not dummy;
                if colt_q(1 downto 0) = "00" then
                    d2 <= d1;
                elsif colt_q(1 downto 0) = "01" then
                    d2 <= shift_left(d1, 3);
                else
                    d2 <= shift_left(d1, 6);
                end if;
                first2 <= colt_q(2);
                last2 <= colt_q(3);
                ps2 <= ps_at;
                k2 <= k1;
                v3 <= v2;
                s3 <= sum;
                ps3 <= ps2;
                rq_v <= v2 and last2;
                rq_kind <= "00";
                rq_m <= signed(mul_q);
                rq_a <= signed(addh_q & addl_q);
                rq_s <= sum;
                rq_at <= slv(unsigned(regs(R_OUT)(15 downto 0)) + k2);

                -- ---- pooling, sums, copies: an element a clock
                t_v <= '0';
                t_first <= '0';
                t_last <= '0';
                t_window <= t_in;
                t_at <= t_out;
                t_kind <= "00";
                if state = POOL then
                    t_v <= '1';
                    t_kind <= '0' & regs(R_MAX)(0);
                    if ky = 0 and kx = 0 then t_first <= '1'; end if;
                    if signed(resize(kx, 18)) + 1 /= regs(R_KW) then
                        kx <= kx + 1;
                    else
                        kx <= (others => '0');
                        t_line <= t_line + regs(R_IN_W);
                        ky <= ky + 1;
                        if signed(resize(ky, 18)) + 1 = regs(R_KH) then
                            t_last <= '1';
                            ky <= (others => '0');
                            t_line <= (others => '0');
                            t_out <= t_out + 1;
                            if signed(resize(w_ox, 18)) + 1 /= regs(R_OUT_W) then
                                w_ox <= w_ox + 1;
                                t_win <= t_win + regs(R_SW);
                                t_x <= t_x + regs(R_SW);
                            else
                                w_ox <= (others => '0');
                                w_oy <= w_oy + 1;
                                t_row0 <= t_row0 + regs(R_SHW);
                                t_win <= t_row0 + regs(R_SHW);
                                t_y <= t_y + regs(R_SH);
                                t_x <= -regs(R_PL);
                                if signed(resize(w_oy, 18)) + 1 = regs(R_OUT_H) then
                                    w_oy <= (others => '0');
                                    t_ch <= t_ch + regs(R_CHW);
                                    t_row0 <= t_ch + regs(R_CHW);
                                    t_win <= t_ch + regs(R_CHW);
                                    t_y <= -regs(R_PT);
                                    ch <= ch + 1;
                                    if signed(resize(ch, 18)) + 1 = regs(R_OC) then
                                        count <= to_unsigned(7, 16);
                                        state <= DRAIN;
                                    end if;
                                end if;
                            end if;
                        end if;
                    end if;
                elsif state = ADD2 or state = COPY then
                    t_v <= '1';
                    t_window <= '1';
                    t_first <= '1';
                    t_last <= '1';
                    if state = ADD2 then t_kind <= '1' & half; else t_kind <= "01"; end if;
                    half <= not half;
                    if state = COPY or half = '1' then
                        idx <= idx + 1;
                        t_out <= t_out + 1;
                        if signed(resize(idx, 18)) + 1 = regs(R_COUNT) then
                            count <= to_unsigned(7, 16);
                            state <= DRAIN;
                        end if;
                    end if;
                end if;
                if t_v = '1' then
                    a0 := acc;
                    b0 := best;
                    if t_first = '1' then
                        a0 := (others => '0');
                        b0 := ({{fm_bits}} - 1 => '1', others => '0');
                    end if;
                    if t_window = '1' then
                        if t_kind(0) = '1' and t_kind(1) = '0' then
                            if signed(fm_q) > b0 then b0 := signed(fm_q); end if;
                        elsif t_kind = "11" then
                            a0 := a0 + resize(signed(fm_q), 32) - regs(R_IN2_ZP);
                        else
                            a0 := a0 + resize(signed(fm_q), 32) - regs(R_IN_ZP);
                        end if;
                    end if;
                    acc <= a0;
                    best <= b0;
                    rq_v <= t_last;
                    rq_kind <= t_kind;
                    rq_s <= a0;
                    if t_kind = "01" then rq_s <= resize(b0, 32); end if;
                    rq_at <= slv(t_at);
                end if;
            end if;
        end if;
    end process;
end architecture;

