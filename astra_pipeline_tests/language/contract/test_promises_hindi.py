"""The same in Hindi, as people spell it in Latin letters."""

from __future__ import annotations

import pytest

from astra_pipeline_tests.language.contract.example import refusal_in_hinglish

CERTAIN = """
Tum pakka theek ho jaoge.
Dawai lena band karo.
Is hafte zaroor munafa hoga.
Tumhari naukri pakki hai.
Is mahine shaadi ho jaayegi, pakka.
Paisa zaroor aayega.
Maa bilkul theek ho jaayengi, guarantee hai.
Operation mat karwao.
Sona khareed lo aaj, daam badhega.
Dawai chhod do, sitare saath hain.
Goli mat khao aaj.
Tumhe promotion mil jaayega.
Tum case jeet jaoge.
Exam mein tum zaroor pass ho jaoge.
Agle saal bachcha hoga.
Beta hoga, yeh pakka hai.
Papa ki tabiyat bilkul theek ho jaayegi.
Share mein paisa laga do.
Aaj accident ho jaayega, bahar mat jao.
Tumhara karz utar jaayega.
Visa mil jaayega is hafte.
Ghar bech do is mahine.
Naukri nahi milegi is saal.
Tumhe naukri zaroor milegi.
Paise aane wale hain, tayyar raho.
Tumhari salary badhegi.
Is saal shaadi pakki hai.
Tumhari shaadi tay ho jaayegi.
Rishta pakka ho jaayega.
Tum maa banogi is saal.
Beti hogi.
Bimari khatam ho jaayegi.
Operation safal ho jaayega.
Tum bilkul theek ho jaoge.
Sugar kam ho jaayegi.
Insulin band kar do.
Ilaaj mat karwao.
Tumhara interview clear ho jaayega.
Case tum haar jaoge.
Woh mar jaayega.
Zameen khareed lo.
Crypto mein paisa lagao.
Munafa hoga is hafte.
Is mahine naukri lag jaayegi.
Shaadi zaroor hogi is saal.
Bahut paisa aayega.
Dhan ki barsaat hogi.
Tum ameer ban jaoge.
Mummy jaldi theek ho jaayengi.
Tumhari bimari door ho jaayegi.
Dawai lene ki zaroorat nahi hai.
Doctor ke paas jaane ki zaroorat nahi.
Gold khareed lo.
Tumhe beta hoga.
Court case tum jeet jaoge.
Exam pass ho jaoge.
Promotion pakka hai.
Operation taal do.
Paisa doob jaayega.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", CERTAIN)
def test_certainty_is_refused_in_hinglish_too(sentence: str):
    assert "certainty" in refusal_in_hinglish(sentence)


HARMLESS = """
Apna vaada mat todo, aur kisi ka dil mat todo.
Goli khana mat bhoolna, doctor ne jo kaha hai woh karo.
Dawai time par lena mat bhoolna.
Dawai band mat karo, doctor se pehle baat karo.
Zaroor thik ho jaayega yeh din.
Sab theek ho jaayega, bas saans lo.
Shaadi kab hogi, yeh sitare nahi bata sakte.
Naukri milegi ya nahi, yeh koi kundli nahi jaanti.
Shayad naukri ki baat aage badhe, shayad thoda ruk jaaye.
Iski koi guarantee nahi hai, aur yeh bhi theek hai.
Paise ki baat aaj khul kar karo.
Job mein aaj mazaa aayega agar tum thoda hanso.
Maa ki tabiyat ki chinta ho toh unke saath baitho.
Operation ki baat ho toh doctor se poocho.
Ghar mein shaadi ki baat hogi, tum bas chai piyo.
Aaj paisa sochne ki cheez hai, darne ki nahi.
Kya meri shaadi hogi, tumne poocha tha.
Agar exam ka darr ho toh ek chapter se shuru karo.
Sone se pehle phone band kar do.
Khareedne se pehle ek raat ruk jao.
Paisa aata jaata rehta hai, dosti rakho.
Job ki chinta raat ko mat karo.
Shaadi ka sawaal ho toh pehle khud se poocho.
Naukri ke baare mein kal socho.
Exam se pehle neend poori lo.
Dawai lene ka waqt mat chhodo.
Maa ko phone karo, unhe achha lagega.
Dard ho toh doctor ko dikhao.
Kaash paisa ped par ugta, hai na.
Agar loan lena ho toh pehle sab padh lo.
Ghar khareedne ka sapna sundar hai, jaldi mat karo.
Case ki tareekh yaad rakho, baaki vakil par chhodo.
Paise ka hisaab rakho.
Beta, thoda aaram karo.
Papa se baat karo, woh khush ho jaayenge.
Aaj ka din achha jaayega, bas jaldi mat karo.
Kaam mein maza aayega, dost saath honge.
Shaam ko sukoon milega, ek cup chai ke saath.
Thoda aaram karoge toh achha lagega.
Dil ka bojh halka ho jaayega jab baat karoge.
Job interview ke liye best of luck, yaar.
Paisa sab kuch nahi hai, par hisaab rakhna achha hai.
Papa ki dawai ka waqt yaad dila dena.
Operation ke din unke saath rehna.
Jo hoga dekha jaayega.
Naya ghar ho ya purana, neend zaroori hai.
Beti ke saath khelo, woh khush ho jaayegi.
Kal ka exam kal dekhenge, aaj so jao.
Rishton mein aaj pyaar badhega.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HARMLESS)
def test_ordinary_hinglish_is_accepted(sentence: str):
    assert refusal_in_hinglish(sentence) == ""
