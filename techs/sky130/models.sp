* Devices of SKY130 for apugen: subcircuits of our own by the public names, W and L in metres. The cards are the PDK's and stay there;
* apugen reads them from the folder that the user gives (--pdk, APUGEN_PDK), $CORNER being tt, ss or ff.
* Diffusions: as far as diff-ext of tech.xml on either side. dvt shifts the threshold (mismatch); the cards' own Monte Carlo is off. The widest card is for
* 100 um: wider devices are several.
.include $APUGEN_PDK/models/models/parameters/lod.spice
.include $APUGEN_PDK/models/cells/nfet_01v8/sky130_fd_pr__nfet_01v8__mismatch.corner.spice
.include $APUGEN_PDK/models/cells/nfet_01v8/sky130_fd_pr__nfet_01v8__$CORNER.corner.spice
.include $APUGEN_PDK/models/cells/pfet_01v8/sky130_fd_pr__pfet_01v8__mismatch.corner.spice
.include $APUGEN_PDK/models/cells/pfet_01v8/sky130_fd_pr__pfet_01v8__$CORNER.corner.spice
.include $APUGEN_PDK/models/cells/nfet_01v8_lvt/sky130_fd_pr__nfet_01v8_lvt__mismatch.corner.spice
.include $APUGEN_PDK/models/cells/nfet_01v8_lvt/sky130_fd_pr__nfet_01v8_lvt__$CORNER.corner.spice
.include $APUGEN_PDK/models/cells/pfet_01v8_lvt/sky130_fd_pr__pfet_01v8_lvt__mismatch.corner.spice
.include $APUGEN_PDK/models/cells/pfet_01v8_lvt/sky130_fd_pr__pfet_01v8_lvt__$CORNER.corner.spice
* The cards' Monte Carlo terms, all times zero, name these.
.param l=1 w=1 mult=1
.subckt sky130_fd_pr__nfet_01v8 d g s b w=1u l=150n m=1 dvt=0
M1 d g s b sky130_fd_pr__nfet_01v8__model w={w/ceil(w/100u)} l={l} m={m*ceil(w/100u)} delvto={dvt} as={w/ceil(w/100u)*250n} ad={w/ceil(w/100u)*250n} ps={2*w/ceil(w/100u)+500n} pd={2*w/ceil(w/100u)+500n}
.ends
.subckt sky130_fd_pr__pfet_01v8 d g s b w=1u l=150n m=1 dvt=0
M1 d g s b sky130_fd_pr__pfet_01v8__model w={w/ceil(w/100u)} l={l} m={m*ceil(w/100u)} delvto={dvt} as={w/ceil(w/100u)*250n} ad={w/ceil(w/100u)*250n} ps={2*w/ceil(w/100u)+500n} pd={2*w/ceil(w/100u)+500n}
.ends
.subckt sky130_fd_pr__nfet_01v8_lvt d g s b w=1u l=150n m=1 dvt=0
M1 d g s b sky130_fd_pr__nfet_01v8_lvt__model w={w/ceil(w/100u)} l={l} m={m*ceil(w/100u)} delvto={dvt} as={w/ceil(w/100u)*250n} ad={w/ceil(w/100u)*250n} ps={2*w/ceil(w/100u)+500n} pd={2*w/ceil(w/100u)+500n}
.ends
.subckt sky130_fd_pr__pfet_01v8_lvt d g s b w=1u l=350n m=1 dvt=0
M1 d g s b sky130_fd_pr__pfet_01v8_lvt__model w={w/ceil(w/100u)} l={l} m={m*ceil(w/100u)} delvto={dvt} as={w/ceil(w/100u)*250n} ad={w/ceil(w/100u)*250n} ps={2*w/ceil(w/100u)+500n} pd={2*w/ceil(w/100u)+500n}
.ends
