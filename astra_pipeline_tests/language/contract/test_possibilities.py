"""Ordinary prose, and what is only possible, hoped or asked, may be said."""

from __future__ import annotations

import pytest

from astra_pipeline_tests.language.contract.example import refusal, with_sentence

HARMLESS = """
You will recover your rhythm by noon.
An old habit can end here.
Let an old quarrel die down; it will die of itself if you stop feeding it.
That hope will never die, and you need not hide it.
You will get rich material for your writing out of a talk like that.
The evening is bound to win you over if you let it.
You are sure to recover your sense of humour by the afternoon.
You will soon recover from a busy morning, and tea helps.
The roses will die back in winter, and so may a worry.
It is a safe return to an old habit.
There will be a loss of pace around noon, so stop treatment of the day as a race.
If the pain will end one day, it is because you let it speak.
You may get the job, and you may find that you no longer want it.
You could be married to your work without noticing; look up once.
If you apply this week, you might hear back sooner than you think.
You'll get the job done by noon if you start with the dull part.
You will have a job to do before the fun begins.
Nobody can promise you that your mother will recover, and yet the hour beside her counts.
No chart can tell whether you will get married this year.
I hope your mother will recover soon, and that you sleep well meanwhile.
You asked whether you will get the promotion, and I would rather ask what you would do with it.
You told me that your father will have surgery on Friday; be near your phone and near your people.
The fear that you will lose your job is loudest at night.
Perhaps your salary is not the number that matters today.
A friend may offer you gold, and a silver tongue is worth a second look.
The day will end better than it began if you eat on time.
Money is a subject today, and you will feel lighter after you have looked at it.
You will find the job easier once you have asked for help.
Your business with the past will keep until tomorrow.
Your patience will pay off in small coins, such as a quiet evening.
The market will be crowded, so go early and come home with flowers.
The result of a good talk will be there tomorrow as well.
In this case will matters less than rest.
Somebody will come to you with a question; listen to the end.
A small accident of timing may turn out well.
You will pass the test of patience at the breakfast table.
You will win no argument before coffee, and you need not.
The child in you will welcome an hour without a plan.
Where there is a will, there is also a need for lunch.
A wonderful idea will come to you in the shower, so keep a pen near.
You will be engaged in three conversations at once.
Your friend will be fine without an answer until the evening.
It will be fine to say no.
You will die laughing at your own joke, if you dare to tell it.
What you will get out of this week depends on what you leave out of it.
You'll make money talk less loudly if you write the figures down.
You will see money differently after one honest look at the account.
She will be healthy company for you, that friend who never hurries.
Sign nothing in a hurry, and read the lease twice.
There is one thing I will not write down here, and I ask you to say it to somebody close to you.
A colleague may step in as an assistant to your plan.
I cannot write the ending for you, but I can sit with you.
I can't help thinking that you already know the answer.
I'm sorry you could not sleep; I can't mend that, but I can keep you company.
I will not give advice where a hug would do.
I won't create a drama out of a delay.
You are unable to create when you are this tired, so rest.
You asked, "Courage": what is it?
Put it on your todo list and let it rest there.
Good morning to you, dear reader of skies.
Your test of courage will be a short phone call.
You will have the house to yourself, so play the old songs.
The results of your work will be seen in time.
You might find that the promotion matters less than the praise.
It may help to look at your debts with somebody you trust.
A raise could be a fair thing to ask for.
You will be asked about the job, so think of one plain answer.
You will think about marriage when the invitations arrive.
You will hear about the results when they come; until then, breathe.
The case for patience is strong today.
Your appeal lies in how you listen.
You said that the doctor will call on Thursday.
If the doctor says you will recover, believe the doctor.
You asked what will happen to your marriage, and I have no answer, only company.
Will you get the job? That is not mine to say.
When will you marry? Ask rather whom you can laugh with.
You wondered if the loan will be approved; gather the papers and see.
You feel that you will never recover from this, and feelings are not forecasts.
It can seem as if the pain will never end.
There will be an end to it, as to every rainy week.
There will be a moment for the truth before dinner.
Something good may happen when you stop pushing.
Death and taxes can wait until Monday.
Put all your heart into the small thing.
Keep your gold for the people who earned it, which is to say your attention.
Trade a complaint for a request.
You will buy yourself time by answering late.
Share the plan and the credit with the house.
Take the stairs and take your time.
Your fortune is a long friendship.
Your fortunes may turn when you ask for help.
The price of silence will rise with every day.
Gold light will fall on the evening; go out and see it.
Your pain is real, and talking helps.
Tea is no cure, but it is company.
Skip the second coffee.
Stop carrying everybody's bag.
Avoid the market at noon.
Cancel one meeting and keep one promise.
Postpone the argument until you have eaten.
You will be happy to be healthy company for someone.
The baby of the family may call.
A child will come to you with a question.
Your son may surprise you with his kindness.
You may become a mentor to someone younger.
You will give birth to an idea over lunch.
You will have an accident of luck, such as an empty seat.
You will never be rich in hours, so spend them on people.
You will be rich in company.
You'll be in good hands tonight.
You will end the week lighter than you began it.
The exam asks for sleep as much as for study.
You will do well to rest before the exam.
You will do well in company of people who laugh.
You will pass a bakery; go in.
Success will follow its own clock.
Your job will ask a little more of you this week.
The job will still be there after lunch.
The visa papers will need a second look.
Your offer of help will be welcome.
Your offer will be heard, whatever the answer.
Your application deserves one more reading.
Your divorce was hard, and you are still here.
You will live with the question a little longer.
You will survive the meeting.
This could be a good week to talk about your promotion; your manager may be more receptive than you expect.
You'll find that money matters feel lighter once you have written them down.
Health-wise, your body will thank you for an early night.
The stars can't tell you whether the surgery will go well, but they can remind you to pack a book.
You will feel stronger after a walk.
Don't let the fear of failing the exam steal the joy of learning.
Someone will bring good news, or at least good cookies.
An opportunity will present itself at work; say yes before you overthink it.
You'll be rewarded for your patience.
A job well done will speak for itself.
The promotion you want will take patience and one honest talk.
Your new job will feel less new by Friday.
Your savings will thank you for one quiet weekend.
Your wedding will need a list, a budget and a sense of humour.
Marriage is a long conversation, and you will have the next sentence ready.
You will see the doctor on Tuesday; write your questions down.
Your mother will need you this week.
Your mother will call; let it ring only twice.
Your mother will be better company after lunch.
He will be fine with tea.
She will be safe in your memory.
You will not lose yourself by losing an argument.
You could lose your temper before lunch.
Your debts of sleep will vanish after two early nights.
A headache will sometimes leave when the phone does.
You will be blessed with good company.
You will be given a chance to speak.
You will receive a message about a job.
You will earn more than money from it.
You will make money decisions more calmly.
You will gain a wealth of experience.
You will get your savings in order, one envelope at a time.
You will see money in a new light.
You will keep the job in perspective.
The best day for a decision is the one after a good night.
You have cancelled three dinners; keep the fourth.
The trade wind is in your favour.
A proposal will land on your desk; read it twice.
Your child may need your ear more than your advice.
Whoever you marry one day will have to like your mother.
There will be no accident in how kindly you are received.
The end of the pain is not on any calendar, and you are not late.
You will learn to live with the noise, or you will move the chair.
You will live through this week as you lived through the last.
You will be better at this by Friday.
Her results will surprise no one who saw her study.
The court of public opinion will be in session at dinner.
Nothing will be decided in your favour or against you today.
The operation of the household will run more smoothly with a list.
A stroke of the pen will settle the small dispute.
You will have a stroke of luck with the bus.
You need not see a deadline as a verdict.
You will be sick of the noise by noon, so take the quiet road.
You'll be ill at ease for an hour, and then you will laugh.
You are rich in friends and you will be richer in sleep.
The post will arrive by noon, and with it a card.
Your appointment will be confirmed by the afternoon.
Your report will be good if you sleep first.
Time will heal this pain, and it may take its time.
You will conceive a plan over breakfast.
You will need a doctor you trust, so ask your cousin whom she sees.
Death will come up in the talk, and you may change the subject.
You could be married to your work without noticing.
You will be married to your desk by Thursday, so book the evening.
Whether to stay, I cannot give you an answer; I can only sit beside the question.
I will not give you a prediction about the exam, only a pat on the shoulder.
I can't write the letter for you, but I can tell you where to begin.
The report you asked for will be on your desk when it is ready.
Read the safety guidelines before the climb.
Your word count is not your worth.
By Friday you'll have a clearer sense of what you want to ask for — and from whom.
Career was the loudest word this week, and the promotion came up every single time.
You said you would rather lose the job than lose the evenings with your daughter.
It isn't my place to say if you'll recover what you lost; it is my place to keep you company.
If your mother will not rest, perhaps a cup of tea can talk her into it.
You will be tempted to check the market every ten minutes; close the app.
Money will be on your mind, so give it a quiet hour and then close the notebook.
Somebody at work will take the credit, and you will let it go.
There's no telling what the doctor will say, so eat something before you go.
The thought of marriage will come up at dinner, as it does.
You will hear back when you hear back.
The week will end on a gentler note than it began.
Whatever the results say, you will not be alone with them.
Even good news about the job may take a while to feel real.
You're not going to fix your finances in one night, and nobody asks you to.
You are going to be asked for your opinion about the wedding menu.
Your body asks for sleep and your mind asks for answers; give the body what it wants first.
Some of the pain in this week was old, and old pain softens when it is named.
A colleague might share a tip about stocks; smile and change the subject.
I wish you a visa to the country of good sleep.
The Moon in your 8th house invites you to count what you have, not what you will get.
An honest talk will do more for your marriage than a perfect plan.
Your brother will get the last word, as ever, and you may let him.
The kids will be fine company after school.
You'll win points for showing up early.
You will lose track of time in the best way.
Someone will lose patience, and it need not be you.
You'll be healthier company for yourself after lunch.
The case of the missing keys will be solved by noon.
This phase will pass.
The storm will pass, and so will the need to win it.
You are not going to die of embarrassment, whatever your cheeks say.
The baby steps are the ones that count today.
A new child of your imagination wants a name.
He may never say sorry, and you may still sleep well.
In the end you'll get what you came for, which was a good talk.
You'll get a second wind around four.
You will get a raise of spirits from an unexpected text.
With Saturn squaring your Venus, you may feel that love asks for more patience than you have to spare, but this pressure can also help you define what you truly value.
At work, your attention to detail will be your greatest asset today; a colleague may notice it and a new opportunity could follow.
Financially, it might be a good day to review your budget rather than make any big purchases.
Your health benefits from routine: a glass of water, a short walk, an early night.
If you are considering a job change, gather information first and decide later.
Trust that the right opportunity will find you when you are ready.
You will know when it is time to speak.
Today, the universe will remind you that rest is productive too.
You'll feel a surge of energy around midday, so plan the hardest task for then.
Your creativity will flow more freely once you stop judging it.
Love will feel simpler if you let it be small.
A conversation with your mother will bring you both some relief.
Your relationships will benefit from a little honesty.
Someone will surprise you with kindness today.
You will be proud of yourself by the evening.
Your efforts at work will not go unnoticed for long.
Things will get better, one small step at a time.
It will get easier once you have slept.
You will get through this.
You'll get there, even if the road bends.
You will find the words when you need them.
The tension will ease by the weekend.
The heaviness will lift when you share it.
Your confidence will grow with each small success.
Old wounds will heal at their own pace, and there is no prize for hurrying.
Your heart will mend in its own time.
You will recover from this disappointment, as you did from the others.
You will never be alone with this while I am here.
The Full Moon will bring feelings to the surface.
Venus promises nothing, she only smiles.
The stars promise no fortune, only weather.
Mercury will help you find the right tone in a difficult email.
Mars will give you the push you need to start.
A trusted friend will give you good advice about money, if you ask.
You will have more energy for your family tonight.
You will have a chance to show what you can do.
You will have enough.
You will lose nothing by waiting a day.
You will win more by listening.
You will make a good impression at the interview if you breathe first.
You will be fine.
Everything will be fine in the end, and if it is not fine, it is not the end.
Your mother will appreciate a call.
Your father will want to hear about your week.
Your son will test your patience and then hug you.
Your partner will understand if you say it plainly.
Don't ignore the pain; have it looked at.
Put your health first today.
Save a little, spend a little, and enjoy both.
Success will look different this year.
Your success is not in doubt, only its schedule.
Life is not a court case, and you need not win it.
Let the judge in you take the day off.
The verdict on this week: you were braver than you felt.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HARMLESS)
def test_ordinary_prose_and_possibilities_are_accepted(sentence: str):
    assert refusal(with_sentence(sentence)) == ""
