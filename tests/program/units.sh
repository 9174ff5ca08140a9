#!/usr/bin/env bash
# Units of the emitted controller one by one in GHDL, against vectors that units.py computes; then the same units with an error in each, which must be seen.
. "$(dirname "$0")/lib.sh"
have ghdl || { skip "ghdl is not installed: no unit simulated"; exit 0; }
o=$tmp/o
check "networks made" /usr/bin/python3 -B tests/program/hdl.py make "$tmp"
check "a small chip" "$APUGEN" run "$tmp/residual.onnx" --arch "$tmp/small.xml" --tech n22 --workload "$tmp/residual_x.npy" --adc-bits 8 --gain 4 -q --stop-after emit -o "$o"
[ -e "$o/design.vhd" ] || exit 1
units() { /usr/bin/python3 -B tests/program/units.py "$@"; }
units "$o/design.vhd" "$tmp/u" || bad "units.py ended early"
broken() { # unit sed-expression
    sed "$2" "$o/design.vhd" >"$tmp/broken.vhd"
    if cmp -s "$o/design.vhd" "$tmp/broken.vhd"; then bad "$1: nothing to break ($2)"; return; fi
    units "$tmp/broken.vhd" "$tmp/b" "$1" >"$tmp/seen" 2>&1
    grep -q "wrong" "$tmp/seen" && ! grep -q "^ok" "$tmp/seen" && ok "$1: an error is seen ($2)" || { bad "$1: an error is not seen ($2)"; cat "$tmp/seen"; }
}
broken ram 's/if RE = .1. then Q <= /Q <= /; s/(RA))); end if;   --/(RA)));   --/'
broken requant 's/if x > HI then/if x > HI + 1 then/'
broken requant "s/if tie then x(0) := '0'; end if;//"
broken spi_port 's/elsif sck_s(2 downto 1) = "10" and header/elsif sck_s(2 downto 1) = "01" and header/'
broken colproc 's/if ASHIFT(2) = .1. then code := shift_left(code, 6)/if ASHIFT(2) = '"'1'"' then code := shift_left(code, 5)/'
broken rowbuf 's/if k >= af and k <= al then/if k >= af and k < al then/'
broken wmem 's/if CMD = CMD_WMW and index(ASEL) = ID then/if CMD = CMD_WMW then/'
broken ctrl "s/if fresh = '1' then any := (others => '0'); end if;//"
broken ctrl "s/and q_done0 = '1') or/) or/"
broken ctrl "s/if again \/= repeats then/if again + 1 < repeats then/"
broken noc 's/if u(w_slot) < 2 then/if u(w_slot) < 3 then/'
broken noc 's/go <= not (host_bus or read_req);/go <= not read_req;/'
broken noc "s/and w_round(1) = '1' else/and w_round(0) = '1' else/"
broken noc_illegal 's/assert false report "noc: unknown instruction" severity failure;/null;/'
