"""Family names that are one name written in more than one way, most of them brought from another script: spellings → one root. Hand-made.

Evidence that two spellings may be one name, weaker than equal names, and never a reason to link by itself: Rahman and Rehman are also two families.
"""

from __future__ import annotations

from carehub.identity.given_forms import roots

FAMILY_FORMS = """
chowdhury: choudhury chaudhry chaudhary choudhary chowdhry choudhry chaudhuri chowdry chaudry
hussain: hussein hossain husain hossein husayn hossen
rahman: rehman rahmaan
ahmed: ahmad ahamed ahmet axmed ahammed
mohammed: muhammad mohamed mohammad mohamad muhammed mohamud mohamoud maxamed mohamood mahamud
khatun: khatoon khatton
begum: begom beegum
akhtar: akhter akter akther aktar
sheikh: shaikh shaykh sheik
siddique: siddiqui siddiqi siddiq
qureshi: quraishi koreshi qureishi
malik: malek mallik
miah: mia miya
uddin: udin uddeen
syed: sayed sayyid saiyed
hassan: hasan xasan
yusuf: yousuf yousef youssef yusef
ibrahim: ebrahim ibraheem
osman: usman uthman othman cusmaan
omar: umar umer cumar
abdi: cabdi
warsame: warsama
jama: jaamac
islam: eslam
haque: hoque haq huq
mukherjee: mukharji mukherji mookerjee
banerjee: banerji bannerjee
chatterjee: chatterji
sandhu: sandoo
sidhu: siddhu sidhoo
dhaliwal: dhaliwall
grewal: garewal
bhatti: bhati
chauhan: chohan chouhan
iyer: aiyar ayyar
reddy: reddi
boateng: boatang
owusu: owuso
mensah: mensa
diallo: jallow jalloh djallo
sesay: sessay
kamara: camara
toure: turay touray
traore: trawally
mcloughlin: mclaughlin mcglaughlin
"""

FAMILY_ROOTS = roots(FAMILY_FORMS)
