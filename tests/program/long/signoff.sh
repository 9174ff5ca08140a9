#!/usr/bin/env bash
# Every cell and the crossbars of 16 x 4 and 64 x 16 with drivers, column ends, converters and ladder, judged by what is not ours: SKY130 by the
# public rules and LVS of KLayout, Magic's rules and Netgen, n22 and n28 by KLayout with the generated decks. Lines as scripts/signoff.sh has them.
. "$(dirname "$0")/lib.bash"
say() { # technology; verdict lines
    while read -r cell by what; do
        case $what in
        ok) ok "$1 $cell: $by" ;;
        skip) skip "$1 $cell: $by: tool or deck is missing" ;;
        "no devices" | "not drawn") skip "$1 $cell: $by: $what" ;;
        *) bad "$1 $cell: $by: $what" ;;
        esac
    done
}
blocks='tile_*:VCM:XP drivers_* foot_*:VCM:RST' # a tile's rows have VCM each, a foot's ends and converters, too; drivers and ladder join them
if [ -d "${APUGEN_PDK:-/none}" ]; then
    d=$tmp/sky130
    # Not among them: two synapses of low thresholds (minutes of search for their wires), ladders of 60 ohm (DRAW-0002) and above 4 kohm,
    # converters of 7 to 10 bits (drawn, not judged here)
    set -- inv inv4 buf nand2 nand3 nor2 tg sram_bit latch dff block_switch_x05_slvt block_switch_x1_slvt block_switch_x2_slvt decap_x8 decap_x32 decap_x32_plates sar_adc_b6 comparator_b6 sar_logic_b6 cap_array_b6
    for v in cu1f_rvt cu06f_rvt cu2f_rvt cu2f_slvt cu1f_b2_rvt cu06f_b2_slvt; do set -- "$@" synapse_$v; done
    for v in x05 x1 x2; do set -- "$@" row_driver_${v}_slvt block_driver_${v}_slvt; done
    for v in r2_slvt r6_slvt r12_rvt; do set -- "$@" col_end_$v col_end_b_$v; done
    for v in r250 r500 r1k r2k r4k; do set -- "$@" ladder_$v; done
    "$APUGEN" draw "$@" --tech sky130 -q -o "$d" >"$tmp/log" 2>&1 && ok "sky130: $# cells are drawn" || bad "sky130: cells: $(tail -1 "$tmp/log")"
    scripts/signoff.sh -a "$d" 2>&1 | say sky130
    "$APUGEN" draw crossbar ladder_r250 --tech sky130 -q -o "$d.crossbar" >"$tmp/log" 2>&1 && ok "sky130: crossbars are drawn" || bad "sky130: crossbars: $(tail -1 "$tmp/log")"
    scripts/signoff.sh -k "$blocks" "$d.crossbar" crossbar_16x4 crossbar_64x16 2>&1 | say sky130
else
    skip "sky130: APUGEN_PDK names no folder: nothing is judged by the public decks"
fi
for t in n22 n28; do
    have klayout || { skip "KLayout is not installed: $t is not judged by it"; continue; }
    d=$tmp/$t
    "$APUGEN" draw --tech $t -q -o "$d" >"$tmp/log" 2>&1 && ok "$t: the whole set is drawn" || bad "$t: the whole set: $(tail -1 "$tmp/log")"
    scripts/signoff.sh -g -a "$d" 2>&1 | say $t
    "$APUGEN" draw crossbar --tech $t -q -o "$d.crossbar" >"$tmp/log" 2>&1 && ok "$t: crossbars are drawn" || bad "$t: crossbars: $(tail -1 "$tmp/log")"
    scripts/signoff.sh -g "$d.crossbar" crossbar_16x4 crossbar_64x16 2>&1 | say $t
done
