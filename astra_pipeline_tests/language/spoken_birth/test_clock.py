"""Times of day out of spoken language: a table of phrases, each with its time or the reason why it has none."""

from __future__ import annotations

import pytest

from astra_pipeline.language.spoken_birth import time_of

# The reasons that leave a time open.
_OPEN = {
    "half": "leaves open whether it was morning or evening",
    "several": "does not settle on one time",
    "none": "is no time of day",
    "day": "is where two days meet: 00:00 with the later date, or 23:59 with the earlier one, will do",
}
_PHRASES = """
# English clocks
7:15 in the morning => 07:15
7:15 => half
7.15 => half
7.30pm => 19:30
7 p.m. => 19:00
7pm => 19:00
7 A.M. => 07:00
7 a m => 07:00
7:15 a.m => 07:15
7:15\N{NARROW NO-BREAK SPACE}am => 07:15
715 pm => 19:15
7 o'clock => half
7 o'clock in the morning => 07:00
7'o clock in the morning => 07:00
eleven o'clock at night => 23:00
three in the morning => 03:00
I think 7 in the morning => 07:00
two at night => 02:00
5 at night => half
11 in the afternoon => half
9 am at night => half
AM 7:15 => half
2 in the small hours => 02:00
the early hours, 2 am => 02:00
7:15 in the a.m. => 07:15
6:30 at sunset => 18:30
before sunrise, at 5:30 => 05:30
before noon, 11:30 => 11:30
after midnight, 2:30 => 02:30
1:40 after midnight => 01:40
12:20, a little after midnight => 00:20
around 5:40, just before sunrise => 05:40
7:15 on a cold winter evening => 19:15
in the evening at 7:15 => 19:15
late evening, around 10 => 22:00
7 evening => 19:00
seven fifteen => half
at seven fifteen => half
seven-fifteen a.m. => 07:15
seven forty-five p.m. => 19:45
six thirty-one am => 06:31
nine ten in the evening => 21:10
nine oh five pm => 21:05
ten oh eight in the morning => 10:08
twelve oh five am => 00:05
eight zero five in the evening => 20:05
nine oh oh am => 09:00
two oh five => half
oh 7:15 => half
quarter past seven => half
quarter-past-seven in the evening => 19:15
a quarter past nine at night => 21:15
quarter to seven in the morning => 06:45
twenty to six pm => 17:40
twenty-five to six in the evening => 17:35
ten past four in the afternoon => 16:10
five after eight in the morning => 08:05
quarter till nine pm => 20:45
quarter of eight => half
quarter of eight in the morning => 07:45
ten of eight in the morning => 07:50
five of seven in the evening => 18:55
fifteen minutes past seven in the morning => 07:15
half seven => half
half six in the morning => 06:30
half six pm => 18:30
half past six in the evening => 18:30

# Twelve o'clock, noon and midnight
12 am => 00:00
12 pm => 12:00
12:30 am => 00:30
12:30 pm => 12:30
12 noon => 12:00
12 midnight => 00:00
12 at night => 00:00
12 o'clock => half
12:30 in the morning => 00:30
twelve thirty in the afternoon => 12:30
noon => 12:00
midday => 12:00
noon fifteen => several
midnight thirty => several
midnight => 00:00
at the stroke of midnight => 00:00
half past midnight => 00:30
five past midnight => 00:05
a quarter to midnight => 23:45
ten to noon => 11:50
quarter past noon => 12:15
ten minutes before midnight => 23:50
an hour before midnight => 23:00
half an hour past midnight => 00:30
half hour past midnight => 00:30
one and a half hours after midnight => several
within an hour of midnight => several
half an hour before 7 am => 06:30
ninety minutes after midnight => 01:30
quarter to one at night => 00:45
quarter to twelve at night => 23:45
quarter to 12 pm => half
five to twelve noon => 11:55
just after midnight => 00:00
around midnight => 00:00
just before midnight => day
nearly midnight => day
24:00 => day
2400 hours => day

# Counted to 24
07:15 => 07:15
19:40 => 19:40
10:15 => 10:15
12:15 => 12:15
at 12:15 => half
0:15 => 00:15
07:15:00 => 07:15
23:59:59 => 23:59
7:15:30 am => 07:15
07:15 in the evening => 19:15
19:15 pm => 19:15
19:15 am => half
13:30 in the morning => half
0715 => 07:15
0715 hours => 07:15
1915 hours => 19:15
1215 hours => 12:15
0715 hours in the evening => half
7:15 hours in the evening => 19:15
1530 hrs => 15:30
19h30 => 19:30
oh seven hundred => 07:00
zero seven fifteen => 07:15
oh seven fifteen hours => 07:15
zero zero fifteen hours => 00:15
fifteen thirty => 15:30
nineteen fifteen hours => 19:15
nineteen hundred hours => 19:00
twenty hundred hours => 20:00
15 o'clock => 15:00
2002-08-14T07:15:00 => 07:15
2002-08-14T19:15:00Z => several
07:15 UTC => several
25:00 => none
7:75 am => none
27 o'clock => none

# About
around 7 => half
around 7 in the morning => 07:00
about 7:15 in the morning => 07:15
approximately 7:15 pm => 19:15
7:15 or so in the morning => 07:15
6ish in the evening => 18:00
7-ish am => 07:00
sevenish in the evening => 19:00
07:15 (approx) => 07:15
just after 7 in the morning => 07:00
a few minutes past seven in the morning => 07:00
7 am give or take 10 minutes => 07:00

# Ranges and limits
between 7 and 8 in the morning => several
from 7 to 9 am => several
7-8 am => several
6/7 pm => several
07:00-08:00 => several
07:00 - 08:00 => several
7 am to 8 am => several
between midnight and 1 am => several
before 7 in the morning => several
after 7 am => several
after midnight => several
after midnight in Pune => several
by 7 am => several
7 am or later => several
5 to 6 in the morning => several
7 to 8 in the morning => several
ten to twelve at night => several
twenty to twelve at night => 23:40
ten to five in the morning => 04:50
5 minutes to 6 in the morning => 05:55
twenty-odd minutes after 7 am => several

# Alternatives
6 pm or 7 pm => several
6 or 7 pm => several
six or seven in the morning => several
7 am or 8 => several
at 7 am (maybe 8) => several
half past seven or eight in the evening => several
quarter past or half past 7 am => several
5 or 10 minutes to 7 am => several
7:15 in the evening, or maybe 8:15 => several
7-ish, could be 7:30, in the evening => several
seven in the morning, my dad thinks eight => several
either 6 am or 6 pm => several
15 minutes after my twin, who came at 7 am => several
seven or half past in the seven o'clock hour in the morning => several
19:15 or 07:15 => several
19:15 or 7:15 => several
00:00 - 12:00 => several
7:15, 7:20 in the morning => several
7, 10 am => several
7 15 30 am => several
seven five am => several
7 in the morning or evening => half
7:15 in the morning... or was it at night => half
7:15 in the morning, though it may have been in the evening => half
7:15 morning/evening => half
7:15, day or night I cannot say => half
7:15 am or pm => half
7:15AM/PM => half
7:15 in the morning, or was it evening => half
7:30 in the evening, possibly the morning => half
07:15, that is 7:15 in the morning => 07:15
ten to five in the morning, so 4:50 => 04:50

# Corrections and denials
7:15... no wait, 7:45 in the morning => 07:45
7:15 in the morning, no wait, 8:15 in the morning => 08:15
7:15 in the morning, sorry, 8:15 => 08:15
7:15 in the morning, no, 8:15 in the morning => 08:15
6 pm, or rather 7 pm => 19:00
7:15 is wrong, 8:15 am is right => 08:15
11:50 in the morning, no wait, 12:10 => half
7:15 in the morning, no wait, in the evening => 19:15
7 in the morning? no, in the evening => 19:00
7:15 pm, I mean am => 07:15
7:15 am, actually maybe 8:15 am => several
7:15 in the morning, scratch that => several
not at 7:15, at 8:15 in the morning => 08:15
not 7 but 8 in the morning => 08:00
8:15, not 7:15, in the morning => 08:15
it wasn't 7:15, it was 8:15 in the morning => 08:15
it was not 7 am => none
7:15 in the evening, not the morning => 19:15
evening not morning, 7:15 => 19:15

# Other things said with a time
7:15 in Pune in the evening => 19:15
7:15 on 14 August 2002 in the morning => 07:15
14 August 2002, 7 in the morning => 07:00
14/08/2002 at 7:15 am => 07:15
on a Sunday morning at 5:30 => 05:30
one evening at 7:15 => 19:15
good morning, 7:15 => half
this morning, 7:15 => half
ward 3, 7 am => 07:00
ward 7 in the morning => none
I was born in ward 7, at 3 kilos => none
I was born at 7 in the morning and weighed 3 kilos => 07:00
3.5 kilos in the morning => none
7 hours of labour in the morning => none
7 something in the morning => none
in the morning => none
sometime => none
banana => none

# Hinglish
subah saat baje => 07:00
saat baje => half
saadhe saat baje subah => 07:30
subah ke sava nau => 09:15
paune das baje raat ko => 21:45
shaam ke paune paanch baje => 16:45
dedh baje raat => 01:30
dhai baje dopahar => 14:30
dopahar ke sava baje => 13:15
dopahar ke saadhe barah baje => 12:30
dopahar 11 baje => 11:00
raat ke 11:45 => 23:45
raat ke barah baje => 00:00
raat 2 baje => 02:00
raat 5 baje => half
adhi raat => 00:00
tadke 4 baje => 04:00
din ke gyarah baje => 11:00
2 baje din => 14:00
shaam 5:30 => 17:30
subah 7 => 07:00
subah chhe chaalis => 06:40
shaam saat bees => 19:20
7 baj ke 15 minute subah => 07:15
saat baje paintalis minute subah => 07:45
subah saat bajkar paanch minute => 07:05
subah saat bajne mein das minute => 06:50
subah saat baje ikkyaavan minute => several
subah 7 baje ke das minute baad => several
subah barah baje => half
25 baje => none
subah 5 baje ke kareeb => 05:00
shaam ko lagbhag 6 baje => 18:00
7 ya 8 baje subah => several
subah saat-aath baje => several
nau das baje raat => several
subah 7 se 8 baje ke beech => several
subah 7 baje ke baad => several
raat 10 baje se pehle => several
subah ya shaam 7 baje => half
mummy bolti hai shaam ko 7 baje, dadi bolti hai subah 7 baje => several
7 baje nahi, 8 baje subah => 08:00
subah 7 baje, nahi nahi, 8 baje => 08:00
subah nahi, shaam 7 baje => 19:00
7 baje subah nahi, shaam ko => 19:00

# Hindi
सुबह सात बजे => 07:00
सुबह 7:15 => 07:15
सुबह ७:१५ बजे => 07:15
सात बजे => half
शाम के साढ़े छह बजे => 18:30
शाम ५ बजकर २० मिनट => 17:20
रात बारह बजे => 00:00
रात दो बजे => 02:00
रात के पौने बारह बजे => 23:45
आधी रात => 00:00
दोपहर 2 बजे => 14:00
दोपहर डेढ़ बजे => 13:30
सुबह छह चालीस => 06:40
सुबह दस बजने में पाँच मिनट => 09:55
एक शाम 7:15 => 19:15
सुबह सात-आठ बजे => several
सुबह सात या आठ बजे => several
सुबह सात बजे नहीं, आठ बजे => 08:00
"""
_TABLE = [line.split(" => ") for line in _PHRASES.splitlines() if " => " in line]


@pytest.mark.parametrize(("words", "answer"), _TABLE, ids=[words for words, _ in _TABLE])
def test_a_spoken_time_is_read_or_left_open_for_a_reason(words: str, answer: str) -> None:
    clock = time_of(words)
    assert (clock.time or clock.problem) == _OPEN.get(answer, answer)
