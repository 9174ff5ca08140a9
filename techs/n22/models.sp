* Predictive generic 22 nm FD-SOI-class devices: BSIM4 inside a sub-circuit. Own cards, numbers chosen by us towards published
* drive currents of the class; no foundry's data is in them.
* Pins d g s bg: bg is the back gate (the well under the buried oxide). Its coupling dVth = -gbg*(Vbg-Vs) is a series voltage in
* the gate lead, so it stays linear over +/-2 V (a BSIM4 bulk node would clamp). Junctions are off (buried oxide).
* flavours: slvt (flip-well, low Vth) and rvt (conventional well) differ by dvt only.
* Process corner: threshold magnitudes and mobilities; a deck sets others after including this file.
.param n_dvt=0 p_dvt=0 n_mu=1 p_mu=1
.subckt n22n_slvt d g s bg w=1u l=20n m=1 dvt=0
Ebg g gi bg s -0.08
M1 d gi s s n22n_core w={w} l={l} m={m} delvto={dvt+n_dvt} mulu0={n_mu} as={w*60n} ad={w*60n} ps={2*w+120n} pd={2*w+120n}
.ends
.subckt n22n_rvt d g s bg w=1u l=20n m=1 dvt=0
Ebg g gi bg s -0.08
M1 d gi s s n22n_core w={w} l={l} m={m} delvto={dvt+0.15+n_dvt} mulu0={n_mu} as={w*60n} ad={w*60n} ps={2*w+120n} pd={2*w+120n}
.ends
.subckt n22p_slvt d g s bg w=1u l=20n m=1 dvt=0
Ebg g gi bg s -0.08
M1 d gi s s n22p_core w={w} l={l} m={m} delvto={dvt-p_dvt} mulu0={p_mu} as={w*60n} ad={w*60n} ps={2*w+120n} pd={2*w+120n}
.ends
.subckt n22p_rvt d g s bg w=1u l=20n m=1 dvt=0
Ebg g gi bg s -0.08
M1 d gi s s n22p_core w={w} l={l} m={m} delvto={dvt-0.15-p_dvt} mulu0={p_mu} as={w*60n} ad={w*60n} ps={2*w+120n} pd={2*w+120n}
.ends
.model n22n_core nmos level=54 version=4.8 tnom=27
+ mobmod=0 capmod=2 igcmod=0 igbmod=0 rdsmod=0 diomod=1 fnoimod=1 tnoimod=0 rgatemod=0 rbodymod=0
+ toxe=1.45e-9 toxp=1.15e-9 toxm=1.45e-9 epsrox=3.9 xj=6e-9 ndep=1e18 ngate=1e23
+ lint=0.5e-9 wint=0 vth0=0.24887 k1=0.05 k2=0.0 dvt0=0.6 dvt1=2.2 dvt2=0 lpe0=0
+ dsub=0.2 eta0=0.0048779 etab=0 nfactor=1.15 voff=-0.10 cdsc=0 cdscd=0 cit=0 minv=0.05
+ u0=0.024971 ua=5e-10 ub=1.0e-18 uc=0 eu=1.67 vsat=94673 a0=1 ags=0 keta=0
+ pclm=0.1 pdiblc1=0.001 pdiblc2=0.001 drout=0.5 pvag=0 pscbe1=8e8 pscbe2=1e-10 delta=0.01 rdsw=130
+ cgso=1.2e-10 cgdo=1.2e-10 cgsl=0.8e-10 cgdl=0.8e-10 ckappas=0.3 ckappad=0.3 cf=5e-11
+ kt1=-0.08 kt2=0.0 ute=-1.2 at=3.3e4 ua1=1e-9 ub1=-1e-18
+ jss=1e-12 jsd=1e-12 jsws=0 jswd=0 jswgs=0 jswgd=0 cjs=1e-6 cjd=1e-6 cjsws=0 cjswd=0 cjswgs=0 cjswgd=0
+ noia=4e41 noib=2e26 noic=8e9 ef=1
.model n22p_core pmos level=54 version=4.8 tnom=27
+ mobmod=0 capmod=2 igcmod=0 igbmod=0 rdsmod=0 diomod=1 fnoimod=1 tnoimod=0 rgatemod=0 rbodymod=0
+ toxe=1.45e-9 toxp=1.15e-9 toxm=1.45e-9 epsrox=3.9 xj=6e-9 ndep=1e18 ngate=1e23
+ lint=0.5e-9 wint=0 vth0=-0.24003 k1=0.05 k2=0.0 dvt0=0.6 dvt1=2.2 dvt2=0 lpe0=0
+ dsub=0.2 eta0=0.0051347 etab=0 nfactor=1.15 voff=-0.10 cdsc=0 cdscd=0 cit=0 minv=0.05
+ u0=0.016191 ua=5e-10 ub=1.0e-18 uc=0 eu=1.0 vsat=79827 a0=1 ags=0 keta=0
+ pclm=0.12 pdiblc1=0.001 pdiblc2=0.001 drout=0.5 pvag=0 pscbe1=8e8 pscbe2=1e-10 delta=0.01 rdsw=140
+ cgso=1.2e-10 cgdo=1.2e-10 cgsl=0.8e-10 cgdl=0.8e-10 ckappas=0.3 ckappad=0.3 cf=5e-11
+ kt1=-0.08 kt2=0.0 ute=-1.1 at=2.5e4 ua1=1e-9 ub1=-1e-18
+ jss=1e-12 jsd=1e-12 jsws=0 jswd=0 jswgs=0 jswgd=0 cjs=1e-6 cjd=1e-6 cjsws=0 cjswd=0 cjswgs=0 cjswgd=0
+ noia=2e41 noib=1.5e26 noic=7e9 ef=1
