"""URLs as browsers, proxies and broken collectors write them, and the path that the strip compares with its rules.

The empty path, which no rule has, is for what is no address of a page.
"""

PATH_OF_ODD_URL: dict[str | None, str | None] = {
    "https://www.elektrum-portaal.example/arved": "/arved",
    "https://www.elektrum-portaal.example/arved/": "/arved",
    "https://www.elektrum-portaal.example/arved/2026/11/20": "/arved/2026/11",
    "HTTPS://WWW.ELEKTRUM-PORTAAL.EXAMPLE/ARVED/Mai": "/arved/mai",
    "https://www.elektrum-portaal.example": "/",
    "https://www.elektrum-portaal.example/": "/",
    "https://www.elektrum-portaal.example?next=/arved": "/",
    "https://www.elektrum-portaal.example#/arved": "/",
    "https://www.elektrum-portaal.example/naidud?email=mari@naide.ee/x": "/naidud",
    "https://www.elektrum-portaal.example//arved": "",
    "https://www.elektrum-portaal.example/ari//arved": "/ari",
    "https://www.elektrum-portaal.example/%61rved/n%C3%A4ide": "/%61rved/n%c3%a4ide",
    "https://www.elektrum-portaal.example/ÕPETUS/Šokk/ΣΟΦΙΑ/viimane": "/õpetus/šokk/σοφια",
    "https://www.elektrum-portaal.example/na\u0130dud": "/nai\u0307dud",
    "https://www.elektrum-portaal.example/na\u212audud": "/nakudud",
    "https://www.elektrum-portaal.example/gaas\n/teine": "/gaas\n/teine",
    "https://www.elektrum-portaal.example/gaas\t\\$1'": "/gaas\t\\$1'",
    "https://[2001:db8::1]:8443/gaas": "/gaas",
    "android-app://ee.naide/paketid": "/paketid",
    "/paketid/Kindel?x=1": "/paketid/kindel",
    "/": "/",
    "/?x=1": "/",
    "/\n": "/\n",
    "https://www.elektrum-portaal.example\n": "/",
    "paketid/kindel": "",
    "//cdn.example/paketid": "",
    "?utm_source=uudiskiri": "",
    "mailto:mari@naide.ee": "",
    "about:blank": "",
    "": "",
}
