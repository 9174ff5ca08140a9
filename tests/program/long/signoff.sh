#!/usr/bin/env bash
# Every cell of both families and the crossbars of 16 x 4 and 64 x 16 with drivers, column ends and converters, judged by what is not ours: SKY130 by
# the public rules and LVS of KLayout, Magic's rules and Netgen, n22 and n28 by KLayout with the generated decks. Lines as scripts/signoff.sh has them.
# Minutes of CPU: SKY130's cells 6, its crossbars of 16 x 4 one each, of 64 x 16 eight each (of the current family Netgen alone more than 14); n22 and n28, cells 5 and
# crossbars 4 to 6 each.
# APUGEN_VERDICTS names a folder where verdicts are kept: a run that was cut off goes on, what is drawn as before is not judged again.
. "$(dirname "$0")/lib.bash"
export APUGEN_VERDICTS=${APUGEN_VERDICTS:-$tmp/verdicts}
said() { # technology; verdict lines
    while read -r cell by what; do
        case $what in
        ok) ok "$1 $cell: $by" ;;
        skip) skip "$1 $cell: $by: tool or deck is missing" ;;
        "no devices" | "not drawn") skip "$1 $cell: $by: $what" ;;
        *) bad "$1 $cell: $by: $what" ;;
        esac
    done
}
judge() { # technology, arguments of the sign-off
    local t=$1
    shift
    scripts/signoff.sh -v "$APUGEN_VERDICTS" "$@" 2>&1 | said "$t"
}
variants() { grep -o "function=\"$1\" name=\"[a-z0-9_]*\"" techs/sky130/cells.xml | cut -d'"' -f4; }
if [ -d "${APUGEN_PDK:-/none}" ]; then
    d=$tmp/sky130
    set -- inv inv4 buf nand2 nand3 nor2 tg sram_bit latch dff comparator_b6 sar_logic_b6 cap_array_b6 pulse_driver_x4_2n pulse_gen_x16_2n base_i_x16_2n col_end_i_c250f sar_adc_i_b6
    for f in synapse row_driver block_switch col_end sar_adc ladder decap synapse_i bias_i; do
        for v in $(variants $f); do
            case $f.$v in # r60: none of its resistors is a tenth of a contact (draw_refuses)
            ladder.r60) continue ;;
            block_switch.*) set -- "$@" block_driver_$v ;;
            col_end.*) set -- "$@" col_end_b_$v ;;
            esac
            set -- "$@" ${f}_$v
        done
    done
    "$APUGEN" draw "$@" --tech sky130 -q -o "$d" >"$tmp/log" 2>&1 && ok "sky130: $# cells are drawn" || bad "sky130: cells: $(tail -1 "$tmp/log")"
    judge sky130 -a "$d"
    # Blocks that KLayout's LVS compares once: a tile's rows have VCM each, a foot's ends and converters, too; drivers and ladder join them. So do the
    # drivers of the current family with the bias of its rows.
    charge='tile_*:VCM:XP drivers_* foot_*:VCM:RST' current='slice_*:VB,VC:PP'
    for x in "charge sar_adc_b6" "charge sar_adc_b10" "current sar_adc_i_b6"; do
        f=${x% *}
        case $f in charge) more=ladder_r250 blocks=$charge ;; *) more= blocks=$current ;; esac
        "$APUGEN" draw crossbar ${x#* } $more --family $f --tech sky130 -q -o "$d.${x#* }" >"$tmp/log" 2>&1 && ok "sky130: crossbars with ${x#* } are drawn" || bad "sky130: crossbars with ${x#* }: $(tail -1 "$tmp/log")"
        judge "sky130 ${x#* }" -k "$blocks" "$d.${x#* }" crossbar_16x4 crossbar_64x16
    done
    # KLayout is told which nets may be pairs (scripts/signoff.sh -k): what is wired otherwise must differ all the same. A synapse on the other column's
    # wire, and a dummy whose gates are exchanged, which only whole transistors tell.
    d=$tmp/sky130.sar_adc_i_b6
    mkdir -p "$tmp/lvs/klayout" "$tmp/wrong"
    ln -sf "$APUGEN_PDK/klayout/sky130.lvs" "$tmp/lvs/klayout/"
    cp "$d/cells.gds" "$tmp/wrong"
    for x in "slice_16x2 Xsyn_5 BLP[1] BLP[0]" "dummy_i Mpos0 VDD VSS"; do
        set -- $x
        awk -v block="$1" -v of="$2" -v from="$3" -v to="$4" '$1 == ".subckt" {in_block = $2 == block} in_block && $1 == of && (i = index($0, " " from " ")) {$0 = substr($0, 1, i) to substr($0, i + 1 + length(from))} {print}' \
            "$d/crossbar_16x4.cir" >"$tmp/wrong/crossbar_16x4.cir"
        cmp -s "$d/crossbar_16x4.cir" "$tmp/wrong/crossbar_16x4.cir" && bad "sky130: $2 of $1 is not in the netlist as thought"
        APUGEN_PDK=$tmp/lvs scripts/signoff.sh -k "$current" "$tmp/wrong" crossbar_16x4 2>&1 | grep -q "^crossbar_16x4 klayout-lvs differs" &&
            ok "sky130: KLayout's LVS finds $2 of $1 on $4" || bad "sky130: KLayout's LVS does not find $2 of $1 on $4"
    done
else
    skip "sky130: APUGEN_PDK names no folder: nothing is judged by the public decks"
fi
for t in n22 n28; do
    have klayout || { skip "KLayout is not installed: $t is not judged by it"; continue; }
    d=$tmp/$t
    "$APUGEN" draw --tech $t -q -o "$d" >"$tmp/log" 2>&1 && ok "$t: the whole set is drawn" || bad "$t: the whole set: $(tail -1 "$tmp/log")"
    judge $t -g -a "$d"
    for f in charge current; do
        "$APUGEN" draw crossbar --family $f --tech $t -q -o "$d.$f" >"$tmp/log" 2>&1 && ok "$t: crossbars of the $f family are drawn" || bad "$t: crossbars of the $f family: $(tail -1 "$tmp/log")"
        judge "$t $f" -g "$d.$f" crossbar_16x4 crossbar_64x16
    done
done
