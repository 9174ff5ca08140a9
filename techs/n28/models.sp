* Predictive generic 28 nm bulk HKMG-class devices. Own BSIM4 cards, numbers chosen by us towards published drive currents of
* the class; no foundry's data is in them. Wrapped as sub-circuits d g s b so that mismatch can be injected (dvt=).
* Flavours differ by dvt only: rvt is the card itself, slvt the same card with the threshold 0.12 V lower (our assumption).
* Process corner: threshold magnitudes and mobilities; a deck sets others after including this file.
.param n_dvt=0 p_dvt=0 n_mu=1 p_mu=1
.subckt n28n_rvt d g s b w=1u l=30n m=1 dvt=0
M1 d g s b n28n_core w={w} l={l} m={m} delvto={dvt+n_dvt} mulu0={n_mu} as={w*70n} ad={w*70n} ps={2*w+140n} pd={2*w+140n}
.ends
.subckt n28n_slvt d g s b w=1u l=30n m=1 dvt=0
M1 d g s b n28n_core w={w} l={l} m={m} delvto={dvt-0.12+n_dvt} mulu0={n_mu} as={w*70n} ad={w*70n} ps={2*w+140n} pd={2*w+140n}
.ends
.subckt n28p_rvt d g s b w=1u l=30n m=1 dvt=0
M1 d g s b n28p_core w={w} l={l} m={m} delvto={dvt-p_dvt} mulu0={p_mu} as={w*70n} ad={w*70n} ps={2*w+140n} pd={2*w+140n}
.ends
.subckt n28p_slvt d g s b w=1u l=30n m=1 dvt=0
M1 d g s b n28p_core w={w} l={l} m={m} delvto={dvt+0.12-p_dvt} mulu0={p_mu} as={w*70n} ad={w*70n} ps={2*w+140n} pd={2*w+140n}
.ends
.model n28n_core nmos level=54 version=4.8 tnom=27
+ mobmod=0 capmod=2 igcmod=0 igbmod=0 rdsmod=0 diomod=1 fnoimod=1 tnoimod=0 rgatemod=0 rbodymod=0
+ toxe=1.7e-9 toxp=1.3e-9 toxm=1.7e-9 epsrox=3.9 xj=18e-9 ndep=4e18 ngate=1e23
+ lint=1.0e-9 wint=0 vth0=0.46769 k1=0.35 k2=0.0 dvt0=1.0 dvt1=2.0 dvt2=0 lpe0=0
+ dsub=0.15 eta0=0.01564 etab=0 nfactor=1.6 voff=-0.12 cdsc=0 cdscd=0 cit=0 minv=0.05
+ u0=0.036695 ua=6e-10 ub=1.2e-18 uc=0 eu=1.67 vsat=1.3123e+05 a0=1 ags=0 keta=0
+ pclm=0.15 pdiblc1=0.001 pdiblc2=0.001 drout=0.5 pvag=0 pscbe1=8e8 pscbe2=1e-10 delta=0.01 rdsw=120
+ cgso=1.1e-10 cgdo=1.1e-10 cgsl=1.0e-10 cgdl=1.0e-10 ckappas=0.3 ckappad=0.3 cf=6e-11
+ kt1=-0.15 kt2=0.022 ute=-1.2 at=3.3e4 ua1=1e-9 ub1=-1e-18
+ jss=1e-6 jsd=1e-6 jsws=1e-13 jswd=1e-13 cjs=1.2e-3 cjd=1.2e-3 cjsws=1e-10 cjswd=1e-10 cjswgs=2e-10 cjswgd=2e-10 mjs=0.4 mjd=0.4 pbs=0.9 pbd=0.9
+ noia=6e41 noib=3e26 noic=9e9 ef=1
.model n28p_core pmos level=54 version=4.8 tnom=27
+ mobmod=0 capmod=2 igcmod=0 igbmod=0 rdsmod=0 diomod=1 fnoimod=1 tnoimod=0 rgatemod=0 rbodymod=0
+ toxe=1.8e-9 toxp=1.4e-9 toxm=1.8e-9 epsrox=3.9 xj=18e-9 ndep=4e18 ngate=1e23
+ lint=1.0e-9 wint=0 vth0=-0.43754 k1=0.35 k2=0.0 dvt0=1.0 dvt1=2.0 dvt2=0 lpe0=0
+ dsub=0.15 eta0=0.014436 etab=0 nfactor=1.6 voff=-0.12 cdsc=0 cdscd=0 cit=0 minv=0.05
+ u0=0.014656 ua=1.0e-9 ub=8e-19 uc=0 eu=1.0 vsat=1.0733e+05 a0=1 ags=0 keta=0
+ pclm=0.2 pdiblc1=0.001 pdiblc2=0.001 drout=0.5 pvag=0 pscbe1=8e8 pscbe2=1e-10 delta=0.01 rdsw=140
+ cgso=1.1e-10 cgdo=1.1e-10 cgsl=1.0e-10 cgdl=1.0e-10 ckappas=0.3 ckappad=0.3 cf=6e-11
+ kt1=-0.15 kt2=0.022 ute=-1.1 at=2.5e4 ua1=1e-9 ub1=-1e-18
+ jss=1e-6 jsd=1e-6 jsws=1e-13 jswd=1e-13 cjs=1.2e-3 cjd=1.2e-3 cjsws=1e-10 cjswd=1e-10 cjswgs=2e-10 cjswgd=2e-10 mjs=0.4 mjd=0.4 pbs=0.9 pbd=0.9
+ noia=3e41 noib=2e26 noic=8e9 ef=1
