"""First names that are one name: spellings and unmistakable short forms → one root. Hand-made, and used by the rule that links by itself.

A form is here only when nobody would give it and its root to two children as two names. Forms that stand for several names (Alex, Chris,
Sam, Jo, Pat, Kit) and pairs that twins may well share (Daniel and Danielle, Francis and Frances) are left out on purpose. The nicknames
package is not used here: it joins Ian with John and Andrew with Andrea, which is good enough to ask a person, never to link.
"""

from __future__ import annotations

from carehub.identity.given_forms_abroad import FROM_ASIA_AND_AFRICA, FROM_EUROPE

_FROM_BRITAIN = """
alexander: alexandre aleksander aleksandr alexandr oleksandr iskander
alexandra: aleksandra alessandra oleksandra
andrew: andy andrei andrej andrey andrzej andriy
anthony: tony antony anton antonio
arthur: artie
barbara: babs barb basia
benjamin: ben benny benji
bernard: bernie
catherine: katherine kathryn katharine catharine cathryn katheryn kath kathy cathy kate katie katy catrin cadi katarzyna kasia ekaterina yekaterina katerina
charlotte: lottie
christopher: kristopher christoffer
clare: claire clair
daniel: danny dan danil daniil
david: dave davy davey dafydd dai davide
deborah: debra deb debbie debora
dennis: denis
donald: don donnie
dorothy: dot dottie dolly dorothea
edward: eddie ned edouard eduardo
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
magdalena: magda madzia
malcolm: malc
malgorzata: gosia malgosia
margaret: maggie marg peggy margret mags
matthew: matt mathew matty matteo mateusz
michael: mike mick micky mickey micheal mikey michal mihai mikhail
michelle: michele shell chelle
natalie: nathalie natalia nataliya natalya
nathaniel: nate nathanial nathanael
nicholas: nicolas nick nico nikolas nikolaos mikolaj
oliver: ollie olly
pamela: pam
patricia: trish tricia
patrick: paddy padraig padraic
pawel: paul pavel
peter: pete piotr petr pyotr piotrek
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
wojciech: wojtek wojtus
agnieszka: aga agusia
dmitri: dmitry dmitriy dmitrii dimitri
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
grainne: grania granya
roisin: rosheen
maeve: maebh meabh medb
diarmuid: dermot diarmaid
angharad: angarad
catriona: catrina katrina caitriona
alasdair: alastair alistair alister allister
callum: calum
duncan: dunkan
eilidh: ailidh
morag: moragh
mhairi: mairi
winifred: winnie
raymond: ray
leonard: len lenny
terence: terrance
reginald: reg reggie
alan: allan allen
josephine: josie
abigail: abby abbie abigale
olivia: liv livvy
ann: anne
tracy: tracey tracie
diane: dianne
lorraine: loraine
hilary: hillary
"""

FORMS = _FROM_BRITAIN.strip() + FROM_EUROPE.rstrip() + FROM_ASIA_AND_AFRICA.rstrip()


def roots(listed: str) -> dict[str, str]:
    """ "root: form form" by line → every form, and the root itself, with its root."""
    return {
        form: root
        for root, _, spellings in (line.partition(":") for line in listed.strip().splitlines())
        for form in (root, *spellings.split())
    }


ROOTS = roots(FORMS)
