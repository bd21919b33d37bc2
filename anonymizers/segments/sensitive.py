"""The words of sensitive subjects, in English and Estonian, of which no segment may speak. The ids are in `taxonomy.py`.

The list is closed and errs on the side of refusing: a word that begins like one of these is refused, whatever it means.
It guards against a mistake, and no list stops an operator who means harm; a site adds its own words in segments.yaml.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

BEGINNINGS: Mapping[str, str] = {
    "health": (
        "health medic pharma disease illness patient hospital(?!it) doctor clinic drug therap cancer diabet disab pregnan "
        "fertil(?!is|iz) vaccin mental psych obes diet overweight allerg hiv dementia depress(?!ur) genetic surger surgic "
        "tervis haig arst ravi(?!ol|nt) apteek apteeg vähk vähi(?!k) puudega puuetega invaliid rased diabee vaktsii "
        "vaimse vaimne depressioon psühh rasvum"
    ),
    "politics": (
        "politic poliit elector election voter voting votes ballot referend parliament activis trade[- ]union "
        "protest(?!a) erakon valimis valija riigikog ametiühing meeleaval"
    ),
    "religion": (
        "relig church christian protestan catholic orthodox lutheran muslim islam jewish jews judais mosque synagog buddh hindu "
        "atheis prayer spiritual faith bible usk\\b usuli usund kirik kristla katoli õigeus luterl moslem juudi juut "
        "palvet ateis budis"
    ),
    "children and family": (
        "child kid\\b kids bab(?:y|ies) toddler teen infant minors parent famil(?!iar) school kindergar nursery pupil "
        "maternit single[- ]mother divorc laps laste beeb imik rase\\b sünnit perekon pere\\b pered perega kool\\b kooli(?!t) "
        "alaeal lapsevan üksikvan lahutus"
    ),
    "financial distress": (
        "debt indebt credit loan bankrupt insolven payday arrear overdue unpaid default(?:er|ing) mortgag "
        "poverty poor\\b hardship distress unemploy jobless welfare income disconnect late[- ]pay võlg võla "
        "volgn krediid krediit \\w*laen pankrot maksehäi maksevõim töötu vaes toimetulek "
        "sotsiaalto sissetul viivis inkasso"
    ),
    "ethnicity": (
        "ethnic race\\b racial racis immigra migrant refugee minorit nationalit mother[- ]tongue native[- ]speak "
        "russian[- ]speak roma\\b rahvus(?!vah) rassi nahavär pagula sisserän emakeel venekeel vene[- ]keel mustlas"
    ),
    "sexual life": "sex gay lesbian lgbt queer transgend transsex bisex homosex erotic porn dating seks gei\\b lesbi eroot",
    "addiction, crime or death": (
        "gambl casino betting lotter alcohol liquor tobacco smoker smoking vaping cannabis narcot addict crime crimin "
        "convict prison weapon gun\\b guns\\b funeral bereave hasartm kasiino alkohol tubak suitset narkoo sõltuv "
        "kuriteg kurjateg vangl relv relva matus"
    ),
}
"""Subject -> beginnings of words, as patterns."""

_PATTERNS = {
    subject: re.compile(rf"\b(?:{'|'.join(words.split())})\w*", re.IGNORECASE) for subject, words in BEGINNINGS.items()
}


def sensitive_word(text: str, own: Sequence[str] = ()) -> tuple[str, str] | None:
    """The first sensitive subject that a name or title speaks of, and the word that does; None where there is none.

    `own` are a site's topics and beginnings of words. Underscores count as spaces, and case does not count.
    """
    plain = unicodedata.normalize("NFC", text).replace("_", " ")
    for subject, pattern in _PATTERNS.items():
        if found := pattern.search(plain):
            return subject, found[0]
    for word in own:
        if found := re.search(rf"\b{re.escape(word.replace('_', ' ').strip())}\w*", plain, re.IGNORECASE):
            return "what this site lists as sensitive", found[0]
    return None
