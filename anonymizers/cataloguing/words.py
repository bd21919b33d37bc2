"""The page's own words in English and Estonian, as a table. Titles and descriptions of the site are not here: they come
from the release files. How a language writes numbers and dates is in `speech.py`.
"""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "catalogue": ("Audience catalogue", "Auditooriumide kataloog"),
    "lead": (
        "Who visits, what they read and when: audience segments for advertisers, in which nobody can be singled out.",
        "Kes käib, mida loeb ja millal: reklaamijatele mõeldud sihtrühmad, milles kedagi ei saa eristada.",
    ),
    "skip": ("Skip to the segments", "Hüppa sihtrühmade juurde"),
    "page_and_language": ("Page and language", "Leht ja keel"),
    "newest": ("Newest figures", "Uusimad arvud"),
    "visitors_week": ("Visitors in {period}", "Külastajaid, {period}"),
    "visitors_day": ("Visitors on {period}", "Külastajaid, {period}"),
    "page_views_day": ("Page views that day", "Lehevaatamisi samal päeval"),
    "ad_clicks_day": ("Ad clicks that day", "Reklaamiklikke samal päeval"),
    "interval": ("95 %: {low}–{high}", "95 %: {low}–{high}"),
    "enclosed": ("{number} ({low}–{high})", "{number} ({low}–{high})"),
    "in_a_week": ("{number} in a week ({low} to {high})", "{number} nädalaga ({low} kuni {high})"),
    "about_percent": ("about {percent}\u00a0%", "umbes {percent}\u00a0%"),
    "more_than_noise": ("more than noise", "rohkem kui müra"),
    "within_noise": ("within noise", "müra piires"),
    "privacy": ("Privacy", "Privaatsus"),
    "privacy_1": (
        "Every number here carries random noise, so that whoever holds every file of a release learns little about "
        "whether any one visitor was there: {losses}.",
        "Igale arvule siin on lisatud juhuslik müra, nii et ka see, kellel on väljaande kõik failid, saab vähe teada "
        "selle kohta, kas mõni kindel külastaja seal käis: {losses}.",
    ),
    "loss": ("epsilon {epsilon} at delta {delta} for each {each}", "epsilon {epsilon} ja delta {delta} {each}"),
    "each_day": ("day", "iga päeva kohta"),
    "each_week": ("week", "iga nädala kohta"),
    "each_both": ("day, and for each week", "iga päeva ja iga nädala kohta"),
    "privacy_2": (
        "A visitor who comes every day takes part in every release, and whoever collects them all may learn more: at worst "
        "epsilon {year} for {days} days, daily and weekly releases together; {most} with every correction that can be made.",
        "Külastaja, kes käib iga päev, on arvestatud igas väljaandes, ja kes need kõik kogub, võib teada saada rohkem: "
        "halvimal juhul {days} päeva peale epsilon {year}, päeva- ja nädalaväljaanded kokku; koos kõigi võimalike "
        "parandustega {most}.",
    ),
    "privacy_more": ("The whole guarantee", "Kogu tagatis"),
    "corrections": ("Corrections and wrong releases", "Parandused ja vigased väljaanded"),
    "no_corrections": (
        "None. A published release never changes; a correction would stand here as a new revision.",
        "Neid ei ole. Avaldatud väljaanne ei muutu; parandus oleks siin uue versioonina.",
    ),
    "was_corrected": (
        "{period} was corrected: use revision {revision}.",
        "{period} on parandatud: kasuta versiooni {revision}.",
    ),
    "was_replaced": (
        "{period} was corrected, but the correction is not on this page; do not use the earlier numbers.",
        "{period} on parandatud, kuid parandust siin lehel ei ole; ära kasuta varasemaid arve.",
    ),
    "was_wrong": (
        "{period} is wrong and is left out of this page ({reason}).",
        "{period} on vigane ja jäetud siit lehelt välja ({reason}).",
    ),
    "counts_wrong_day": (
        "{week} counts {day}, which was found wrong afterwards ({reason}).",
        "{week}: arvestatud on ka {day}, mis osutus hiljem vigaseks ({reason}).",
    ),
    "wrong_input": ("wrong input", "vigased lähteandmed"),
    "wrong_rules": ("wrong rules", "vigased reeglid"),
    "late_events": ("late events", "hilinenud sündmused"),
    "reading": ("How to read the numbers", "Kuidas arve lugeda"),
    "reading_interval": (
        "Each number is an estimate. In about 95 of 100 cases the true one lies between the two numbers of its "
        "interval, which stands beside it in brackets, or under it.",
        "Iga arv on hinnang. Umbes 95 juhul 100-st jääb õige arv usaldusvahemiku kahe arvu vahele; vahemik on arvu "
        "kõrval sulgudes või selle all.",
    ),
    "reading_sum": (
        "Do not add up visitors over days, weeks, topics or segments: the same visitor stands in several. For a week's "
        "reach take the weekly release, which counts each visitor once.",
        "Ära liida külastajaid üle päevade, nädalate, teemade ega sihtrühmade: sama külastaja on mitmes. Nädala "
        "külastajate arvu võta nädalaväljaandest, kus igaüht loetakse üks kord.",
    ),
    "reading_compare": (
        "A change has an interval of its own, wide enough for all segments that are compared at once. It is “more than "
        "noise” where that leaves out zero; “within noise” means that there may be no change at all.",
        "Muutusel on oma usaldusvahemik, mis on piisavalt lai kõigi korraga võrreldavate sihtrühmade jaoks. Muutus on "
        "„rohkem kui müra“, kui vahemikus pole nulli; „müra piires“ tähendab, et muutust ei pruugi olla.",
    ),
    "reading_affinity": (
        "Affinity compares a segment with all visitors: 100 is as usual, 150 one and a half times as usual. Frequent visitors "
        "score above 100 almost everywhere, so compare a segment's bars with each other. It is told only where the noise "
        "allows it.",
        "Afiinsus võrdleb sihtrühma kõigi külastajatega: 100 on nagu tavaliselt, 150 poolteist korda nii palju. Sagedased "
        "külastajad on peaaegu kõiges üle 100, seega võrdle sihtrühma tulpi omavahel. See on antud ainult seal, kus müra "
        "lubab.",
    ),
    "reading_parts": (
        "Every number has noise of its own: a part may come out larger than its whole, and visitors more than their events.",
        "Igal arvul on oma müra: osa võib tulla suurem kui tervik ja külastajaid rohkem kui nende sündmusi.",
    ),
    "reading_visitor": ("Who counts as one visitor:", "Keda loetakse üheks külastajaks:"),
    "check": ("Are these files genuine and whole?", "Kas need failid on ehtsad ja terved?"),
    "check_how": (
        "Every release is signed. In its folder, with the public key that the site's contract or privacy office gave you; "
        "with koond, or with minisign, whose comment must name that very release:",
        "Iga väljaanne on allkirjastatud. Selle kaustas, avaliku võtmega, mille oled saanud lepingust või saidi "
        "andmekaitse kontaktilt; koondiga või minisigniga, mille kommentaar peab nimetama just seda väljaannet:",
    ),
    "check_key": (
        "Your key and the copy here must be the same; but whoever could change these files could change that copy, too:",
        "Sinu võti ja siinne koopia peavad olema samad; aga kes saaks muuta neid faile, saaks muuta ka koopiat:",
    ),
    "check_told": ("What was checked before publication", "Mida enne avaldamist kontrolliti"),
    "overview": ("All visitors", "Kõik külastajad"),
    "segments": ("Segments", "Sihtrühmad"),
    "search": ("Search", "Otsi"),
    "search_hint": ("title, topic, description", "nimetus, teema, kirjeldus"),
    "sort": ("Sort by", "Järjesta"),
    "sort_reach": ("Reach", "Külastajate arv"),
    "sort_change": ("Change", "Muutus"),
    "sort_title": ("Title", "Nimetus"),
    "window": ("Counted over", "Arvestusaeg"),
    "every_window": ("Week or day", "Nädal või päev"),
    "week": ("Week", "Nädal"),
    "day": ("Day", "Päev"),
    "count": ("{found} of {all} segments", "{found} sihtrühma {all}-st"),
    "none_found": ("No segment fits; try a shorter word.", "Ükski sihtrühm ei sobi; proovi lühemat sõna."),
    "reach": ("visitors", "külastajat"),
    "topics_of": ("Topics", "Teemad"),
    "taxonomies": ("IAB taxonomy ids", "IAB taksonoomia tunnused"),
    "numbers": ("Numbers", "Arvud"),
    "download": ("Download", "Laadi alla"),
    "chart_csv": ("this chart's numbers", "selle joonise arvud"),
    "trend": ("Trend", "Areng"),
    "trend_of_all": ("Visitors by day", "Külastajad päevade kaupa"),
    "trend_of_weeks": ("Visitors by week", "Külastajad nädalate kaupa"),
    "trend_message": (
        "From {first} on {first_period} to {last} on {last_period}: {change}.",
        "{first_period}: {first}; {last_period}: {last}. {change}.",
    ),
    "trend_newest": ("{last} in {period}.", "{period}: {last}."),
    "counts_days": ("{period}, counts {days} of 7 days", "{period}, arvestatud {days} seitsmest päevast"),
    "week_counts_days": ("{week} counts {days} of 7 days.", "{week}: arvestatud {days} seitsmest päevast."),
    "trend_rose": ("a rise of {number}, {noise}", "Kasv {number}, {noise}"),
    "trend_fell": ("a fall of {number}, {noise}", "Langus {number}, {noise}"),
    "trend_message_weeks": (
        "From {first} in {first_period} to {last} in {last_period}: {change}.",
        "{first_period}: {first}; {last_period}: {last}. {change}.",
    ),
    "reach_of_all": ("Reach of the segments", "Sihtrühmade suurus"),
    "reach_message": (
        "The largest in {period}: {title} with {number}.",
        "Suurim, {period}: {title}, {number}.",
    ),
    "by_hour_page_view": ("Page views by hour", "Lehevaatamised tundide kaupa"),
    "by_hour_ad_click": ("Ad clicks by hour", "Reklaamiklikid tundide kaupa"),
    "by_hour_message": (
        "Mean of {nights} days; the most between {hour}:00 and {hour}:59: {number}.",
        "Keskmine {nights} päevast; enim kell {hour}.00–{hour}.59: {number}.",
    ),
    "devices": ("Browsers and devices", "Brauserid ja seadmed"),
    "devices_message": (
        "The most on {period}: {label} with {number} visitors.",
        "Enim, {period}: {label}, {number} külastajat.",
    ),
    "heat": ("When there are events on these topics", "Millal on neil teemadel sündmusi"),
    "heat_of_all": ("When the site is used", "Millal saiti kasutatakse"),
    "heat_message": (
        "Page views and ad events on {topics} together, mean of a day over {nights} days. {most} Intervals of the cells "
        "reach ±{half} at most. Everybody on these topics is counted, not this segment alone; and where advertisements "
        "were shown, there are events.",
        "Lehevaatamised ja reklaamisündmused teemadel {topics} kokku, päeva keskmine {nights} päevast. {most} Lahtrite "
        "usaldusvahemikud ulatuvad kuni ±{half}. Arvestatud on kõik, kes neil teemadel käisid, mitte ainult see "
        "sihtrühm; ja kus näidati reklaame, seal on sündmusi.",
    ),
    "heat_message_of_all": (
        "Page views and ad events together, mean of a day over {nights} days. {most} Intervals of the cells reach ±{half} "
        "at most.",
        "Lehevaatamised ja reklaamisündmused kokku, päeva keskmine {nights} päevast. {most} Lahtrite usaldusvahemikud "
        "ulatuvad kuni ±{half}.",
    ),
    "heat_most": (
        "The busiest part of the day: {daypart}, {number} a day; its lead over the next, {next}, is {noise}. The "
        "differences between weekdays are {weekdays}.",
        "Kõige rohkem: {daypart}, {number} päevas; edumaa järgmise ees ({next}) on {noise}. Nädalapäevade erinevused on "
        "{weekdays}.",
    ),
    "daypart_affinity": ("Affinity of the segment", "Sihtrühma afiinsus"),
    "daypart_affinity_message": (
        "Below, {period}: how much more often this segment is there than all visitors; 100 is as usual, a dot is too small "
        "to tell.",
        "All, {period}: kui palju sagedamini on see sihtrühm kohal kui kõik külastajad; 100 on nagu tavaliselt, punkt on "
        "liiga väike, et öelda.",
    ),
    "related": ("What else they read", "Mida nad veel loevad"),
    "related_message": (
        "Affinity to topics that are not the segment's own; the line where bars begin is 100, as all visitors. The highest: "
        "{label} with {number}.",
        "Afiinsus teemade suhtes, mis ei ole sihtrühma enda omad; joon, kust tulbad algavad, on 100 ehk nagu kõik "
        "külastajad. Kõrgeim: {label}, {number}.",
    ),
    "related_topics": ("Related topics", "Seotud teemad"),
    "browsers": ("Browsers", "Brauserid"),
    "browsers_message": (
        "Visitors by browser; the most: {label} with {number}. Devices are counted for all visitors together.",
        "Külastajad brauserite kaupa; enim: {label}, {number}. Seadmed on loetud kõigi külastajate kohta koos.",
    ),
    "frequency": ("Events of a visitor in the week", "Külastaja sündmusi nädalas"),
    "frequency_message": (
        "Visitors by their events in the week; the most: {label} with {number}.",
        "Külastajad sündmuste arvu järgi nädalas; enim: {label}, {number}.",
    ),
    "events_of": ("{band} events", "{band} sündmust"),
    "event_of": ("1 event", "1 sündmus"),
    "number_column": ("Number", "Arv"),
    "between_column": ("from–to, 95\u00a0%", "alates–kuni, 95\u00a0%"),
    "ends": ("{low}–{high}", "{low}–{high}"),
    "affinity_column": ("Affinity", "Afiinsus"),
    "topic_column": ("Topic", "Teema"),
    "day_column": ("Day", "Päev"),
    "week_column": ("Week", "Nädal"),
    "hour_column": ("Hour", "Tund"),
    "segment_column": ("Segment", "Sihtrühm"),
    "browser_column": ("Browser", "Brauser"),
    "device_column": ("Browser, device, system", "Brauser, seade, süsteem"),
    "frequency_column": ("Events", "Sündmusi"),
    "weekday_column": ("Weekday", "Nädalapäev"),
    "hours_short": ("h", "kl"),
    "thousands": ("{number}k", "{number} tuh"),
    "not_told": ("too small to tell", "liiga väike, et öelda"),
    "not_drawn": ("Too small to tell from noise", "Mürast liiga väike eristada"),
    "to_segments": ("To the segments", "Sihtrühmade juurde"),
    "nothing": ("Nothing is published yet.", "Midagi pole veel avaldatud."),
    "nothing_final": (
        "What was published is wrong or was corrected; at the moment there are no numbers to use.",
        "Avaldatud väljaanded on vigased või parandatud; praegu pole arve, mida kasutada.",
    ),
    "releases": ("All releases for programs", "Kõik väljaanded programmidele"),
    "files_of": ("Files of {period}", "Failid: {period}"),
    "made_of": (
        "This page is made of the release files beside it and of nothing else; it loads nothing from elsewhere.",
        "See leht on tehtud ainult kõrvalolevatest väljaannete failidest ega laadi midagi mujalt.",
    ),
    "policy": ("Privacy policy of the site, version {version}", "Saidi privaatsuspoliitika, versioon {version}"),
    "other": ("other", "muu"),
    "desktop": ("computer", "arvuti"),
    "mobile": ("phone", "telefon"),
    "tablet": ("tablet", "tahvel"),
    "night": ("night", "öö"),
    "morning": ("morning", "hommik"),
    "midday": ("midday", "keskpäev"),
    "afternoon": ("afternoon", "pärastlõuna"),
    "evening": ("evening", "õhtu"),
    "late_evening": ("late evening", "hilisõhtu"),
}
"""Key -> English and Estonian."""
