"""Forms of first names that came to England from elsewhere, one root a line, for `given_forms`, whose rule for what may stand here holds."""

from __future__ import annotations

FROM_EUROPE = """
joanna: joasia
zofia: zosia
stanislaw: staszek stasiek
zbigniew: zbyszek
tadeusz: tadek
jerzy: jurek
bartosz: bartek
bartlomiej: bartlomej
maciej: maciek
grzegorz: grzesiek grzes
kazimierz: kazik
slawomir: slawek
dariusz: darek
mariusz: marius
jaroslaw: jarek
radoslaw: radek
przemyslaw: przemek
wladyslaw: wladek
henryk: heniek
jolanta: jola
danuta: danusia danka
urszula: ula
halina: halinka
constantin: costica
dumitru: mitica
nicolae: nicu
gheorghita: ghita
volodymyr: vladimir volodya vova
mykola: kolya nikolai nikolay
natasha: natacha
tatiana: tetiana tatyana tanya
olga: olha olya
yevhen: evgeny yevgeny yevgeniy evgeniy
oleksii: alexei aleksei alexey oleksiy
iryna: irina
svetlana: svitlana sveta
yulia: iuliia yuliya yuliia
anastasia: anastasiia anastasiya nastya
jose: pepe
francisco: paco
guadalupe: lupita
concepcion: conchita
giovanni: gianni
"""

FROM_ASIA_AND_AFRICA = """
mohammed: muhammad mohammad mohamed muhammed mohamad muhamad mohamud mohamoud muhamed mahammed mohd md mhd muhd mohammod muhammod mamadou maxamed
ahmed: ahmad ahmet achmed axmed
hussein: hussain husain husayn hossain husein huseyin xuseen
hassan: hasan xasan
fatima: fatimah fathima fatema fatma
aisha: ayesha aysha aishah ayisha aesha ayeesha caasha
khadija: khadijah khadeeja khadeja khadiijo khadijo
zainab: zaynab zeinab zainub
maryam: mariam mariyam meryem
yusuf: yousuf yousef youssef yousaf yusef yusof joseff yuusuf
ibrahim: ebrahim ibraheem ibrahima
ismail: ismael ismaeel esmail
usman: uthman osman usmaan ousmane cusmaan
umar: omar omer umer cumar
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
oluwakemi: kemi olukemi
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
halima: xaliimo halimo haleema halimah
fadumo: faadumo faduma fadumah
abdullahi: cabdullahi cabdulaahi
abdirahman: cabdiraxmaan cabdirahman
amina: aamina aminah ameena
safiya: safia safiyah saffiyah
sumaya: sumayya sumaiya sumayah
ruqayya: ruqayyah rukaya ruqaya
hafsa: hafsah hafza
issa: eesa
bilal: bilaal
idris: idrees edris
dawud: dawood daud daoud dawoud
sulaiman: suleiman sulayman suleman soleman
mahmoud: mahmood mahmud mehmood
mustafa: mostafa moustafa mustapha
musa: moosa mousa moussa
yahya: yahia yahiya
harpreet: harprit
gurpreet: gurprit
manjit: manjeet
baljit: baljeet
jagjit: jagjeet
surjit: surjeet
ranjit: ranjeet
kuldip: kuldeep
sandip: sandeep
pradip: pradeep
dilip: dileep
rajiv: rajeev
sanjiv: sanjeev
ashvin: ashwin
nirmala: nirmla
kamlesh: kamalesh
prakash: parkash
urmila: urmilla
sushila: susheela
oluwatoyin: toyin olutoyin
oluwabunmi: bunmi olubunmi
oluwadamilola: damilola
oluwadamilare: damilare
funmilayo: olufunmilayo
folasade: sade
abimbola: bimbola
ikechukwu: ikechi
chukwudi: chukudi
nnamdi: namdi
obinna: obina
akosua: akosuah
kwaku: kweku
adwoa: adjoa adjua
"""
