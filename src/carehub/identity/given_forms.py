"""First names that are one name: spellings and unmistakable short forms → one root. Hand-made, and used by the rule that links by itself.

A form is here only when nobody would give it and its root to two children as two names. Forms that stand for several names (Alex, Chris,
Sam, Jo, Pat, Kit) and pairs that twins may well share (Daniel and Danielle, Francis and Frances) are left out on purpose. The nicknames
package is not used here: it joins Ian with John and Andrew with Andrea, which is good enough to ask a person, never to link.
"""

from __future__ import annotations

FORMS = """
alexander: alexandre aleksander aleksandr alexandr oleksandr iskander
alexandra: aleksandra alessandra oleksandra
andrew: andy andrei andrej andrey andrzej andriy
anthony: tony antony anton antonio
arthur: artie
barbara: babs barb
benjamin: ben benny benji
bernard: bernie
catherine: katherine kathryn katharine catharine cathryn katheryn kath kathy cathy catrin cadi katarzyna kasia ekaterina yekaterina katerina kate katie katy
charlotte: lottie
christopher: kristopher christoffer
clare: claire clair
daniel: danny dan danil daniil
david: dave davy dafydd dai davide
deborah: debra deb debbie debora
dennis: denis
donald: don donnie
dorothy: dot dottie dorothea
edward: eddie edouard eduardo
eleanor: elinor eleanore
elizabeth: elisabeth liz lizzie lizzy betty bess bessie libby elzbieta
emily: emilie
florence: flo florrie
frederick: fred freddie freddy fredrick frederic
geoffrey: jeffrey geoff jeff jeffery
george: georgie georgios gheorghe jorge
gillian: jillian gill jill
graham: graeme grahame
gregory: greg gregor
hugh: huw
ian: iain
isabel: isobel isabelle isabella ishbel
jack: jac
jacob: jakub jakob kuba
jacqueline: jackie jacquie jacqui
james: jim jimmy jimmie jamie jaime
jane: jayne
jennifer: jen jenny jenni
jeremy: jez
jessica: jess jessie
joanne: joann joannie
john: johnny
jonathan: jonathon johnathan johnathon
joseph: joe joey jozef josef giuseppe
joshua: josh
judith: judy
kenneth: ken kenny
kimberley: kimberly
krzysztof: krzys
lawrence: laurence larry
leslie: lesley les
lewis: louis luis
lindsay: lindsey lyndsay lyndsey linsey
lynn: lynne
magdalena: magda
malcolm: malc
malgorzata: gosia
margaret: maggie marg peggy margret mags
matthew: matt mathew matty matteo mateusz
michael: mike mick micky mickey micheal mikey michal mihai mikhail
michelle: michele shell chelle
natalie: nathalie natalia nataliya natalya
nathaniel: nathanial nathanael
nicholas: nicolas nick nico nikolas nikolaos mikolaj
oliver: ollie olly
pamela: pam
patricia: trish tricia
patrick: paddy padraig padraic
pawel: paul pavel
peter: pete piotr petr pyotr
philip: phillip phil filip
rachel: rachael
rebecca: rebekah becky becca bex rebeca
rhys: rees reece reese
richard: rick ricky dick richie rich ryszard
robert: rob bob bobby robbie
ronald: ron ronnie
rosemary: rosemarie
samantha: sammi
sandra: sandie
sarah: sara
sean: shaun shawn
sophie: sofia sophia sofie
stanley: stan
stephen: steven steve stephan stevie stefan steffan
stewart: stuart stu
susan: sue susie suzie
suzanne: susanne
teresa: theresa
thomas: tom tommy tomas tomasz tomek twm
timothy: tim timmy
victoria: vicky vicki vikki viktoria wiktoria
vincent: vince vinny
walter: wally
william: bill billy will willie wil gwilym gwil wills
yvonne: ivonne
zoe: zoey
zachary: zac zach zak zack zachariah
wojciech: wojtek
agnieszka: aga
dmitri: dmitry dmitriy dimitri
sergei: sergey serhiy sergiy
yuri: yury yuriy
ieuan: ifan iefan
owain: owen
llewellyn: llywelyn llewelyn llew
ceri: keri
cerys: carys
lowri: lowry
siobhan: shivaun chevonne
niamh: neve neave
ciaran: kieran kieron keiran
caoimhe: keeva kiva
aoife: eefa
eoghan: eoin
conor: connor
seamus: shamus
sinead: shinead
mohammed: muhammad mohammad mohamed muhammed mohamad muhamad mohamud mohamoud muhamed mahammed mohd md mhd muhd mohammod muhammod mamadou
ahmed: ahmad ahmet achmed
hussein: hussain husain husayn hossain husein huseyin
hassan: hasan
fatima: fatimah fathima fatema fatma
aisha: ayesha aysha aishah ayisha aesha ayeesha
khadija: khadijah khadeeja khadeja
zainab: zaynab zeinab zainub
maryam: mariam mariyam meryem
yusuf: yousuf yousef youssef yousaf yusef yusof joseff
ibrahim: ebrahim ibraheem ibrahima
ismail: ismael ismaeel esmail
usman: uthman osman usmaan ousmane
umar: omar omer umer
khalid: khaled
rashid: rasheed
hamid: hameed
majid: majeed
jamil: jameel
salim: saleem
karim: kareem
tariq: tarek tareq tarik
imran: emran
iqbal: eqbal
zahra: zara zehra
abdul: abd abdel abdal abdool abdur
lakshmi: laxmi
pooja: puja
deepak: dipak
meena: mina
geeta: gita
seema: sima
neeta: nita
sanjay: sanjai
vijay: vijai
jayesh: jaiesh
krishna: krisna
suneeta: sunita
sheikh: shaikh shaykh sheik
syed: sayed sayyid saiyed
oluwaseun: seun
oluwatobi: tobi tobiloba oluwatobiloba
oluwafemi: femi olufemi
oluwatosin: tosin
oluwasegun: segun olusegun
oluwaseyi: seyi
oluwakemi: kemi
abiodun: biodun
adebayo: bayo
babatunde: tunde
chukwuemeka: emeka
ngozi: ngozichukwu
chinedu: nedu
ifeoma: ify
kwame: kwami kwamena
kwabena: kobina
abena: abenaa
fatou: fatoumata
tendai: tendayi
"""

ROOTS: dict[str, str] = {
    form: root for root, _, spellings in (line.partition(":") for line in FORMS.strip().splitlines()) for form in (root, *spellings.split())
}
