"""Recognises boilerplate lines around an article by their wording, in the languages of large newspapers.

Each pattern matches a type of line that many sites print; none is written for a single site.
"""

from __future__ import annotations

import re

_CROSS_REFERENCE = re.compile(
    r"""^\W*+(?:
      (?:read|see|watch|find\ out|click|tap|learn|continue|listen)\b.{0,16}\b(?:more|also|here|next|full|reading|now)\b
    | (?:related|more|also|must.?read|recommended|don.?t\ miss|see\ also|read|lire\ aussi|à\ lire|voir\ aussi
      |leia\ (?:mais|também)|le[ea]\ también|lesen\ sie|mehr\ zum|siehe\ auch|leggi\ anche|lees\ ook|czytaj
      |читайте\ также)\b[^.]{0,30}(?::|$)
    | also\ on\b | on\ [\w.-]+\.(?:com|org|net|co\.uk)\b | more\ (?:from|on|in)\b
    | you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_PROMOTION = re.compile(
    r"""\bnewsletters?\b | \bsubscri(?:be|ption) | \bsign(?:ing)?\ up\b | \bfollow\ (?:us|him|her|them|me)\b
    | \bfollow\ .{0,30}\ on\ (?:twitter|facebook|instagram) | \bon\ (?:twitter|facebook)\ (?:@|at) | \bour\ apps?\b
    | \b(?:get|download)\ the\ .{0,30}\bapp\b | \bcontact\ (?:the\ )?(?:author|reporter|writer|us|him|her)\b
    | \b(?:e-?mail|write\ to|reach(?:ed)?)\b.{0,60}@ | \bhave\ a\ (?:news\ )?tip | \bjoin\ .{0,40}\b(?:today|free)
    | \bshare\ (?:it|this) | \blike\ this\ (?:story|article) | \babonnieren | \babonnez | \bsuscr[ií]b
    | \b(?:press|media)\ (?:office|contact|enquiries|inquiries)\b.{0,40}\d | \baffiliate\ (?:links?|commissions?)\b
    | ^\W*+pin\ (?:this|it)\b | \bsupport\ (?:our|local|independent|quality)\ (?:journalism|newsroom|reporting)""",
    re.IGNORECASE | re.VERBOSE,
)
_COPYRIGHT = re.compile(
    r"©|\(c\)|\bcopyright\b|all rights reserved|alle rechte vorbehalten|non-commercial use"
    r"|may not be (?:published|reproduced)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"""\W*+(?:\d+\s)?(?:
      advert\w* | ad | sponsored(?:\ content)? | anzeige | werbung | publicidad\w* | publicité | реклама
    | (?:story|article)\ continues.{0,30} | continue\ reading.{0,20} | comments?
    | coment[áa]rios? | kommentare? | commentaires?
    | leave\ a\ (?:comment|reply) | repl(?:y|ies) | share(?:\ (?:this|on)\b.{0,60})? | teilen | partager
    | compartir | tweet | print | e-?mail | save | close | send | play | loading.{0,20}
    | tags?\b.{0,300} | filed\ under.{0,100} | topics?\b.{0,100}
    | newsletters? | related(?:\ (?:articles|stories|posts|news|topics))? | (?:most\ )?(?:read|popular) | trending
    | シェアする | ツイート | 記事を保存 | 印刷(?:する)? | コメント | 分享 | 收藏 | 打印 | 공유 | 인쇄
    | image | photo | video | caption | thanks\ for\ signing\ up.{0,20} | .{0,30}an\ error.{0,60} | up\ next | live
    | (?:[\d:/ ]+:\d\d)(?:\ close)? | sign\ (?:in|up) | log\ in | subscribe | skip\ to.{0,30}
    )\W*\d*""",
    re.IGNORECASE | re.VERBOSE,
)
_CONTROL = re.compile(
    r"""\W*+(?:
      (?:close|schließen|fermer|cerrar|chiudi|fechar|sluiten|zamknij|закрыть)?\W*+x?
    | drucken | imprimer | imprimir | stampa | afdrukken | drukuj | распечатать | versenden | senden | weiterleiten
    | envoyer | enviar | invia | schließen | fermer | cerrar | chiudi | fechar | sluiten | zamknij | закрыть
    | merken | weiterlesen | vorlesen | anhören | écouter | lire\ la\ suite | escuchar | seguir\ leyendo | ascolta
    | continua\ a\ leggere | continuar\ lendo | ouvir | delen | condividi | compartilhar | поделиться
    | (?:artikel|beitrag|seite|diesen\ artikel)\ (?:teilen|drucken|versenden|weiterempfehlen|merken|hören|anhören)
    | (?:partager|imprimer|envoyer|écouter|compartir|imprimir|enviar|escuchar|condividi|stampa|compartilhar)
      \ (?:cet?|l[’']|este?|esta|questo|el|la)?\ ?(?:article|artículo|articolo|artigo|noticia|page|página)
    | (?:e-?mail|print|share|save|listen\ to|play)\ (?:this|the)\ (?:story|article|page|post)(?:\ to\ a\ friend)?
    | related\ (?:coverage|links|content) | (?:back\ to\ )?top(?:\ of\ page)? | nach\ oben | haut\ de\ page
    | (?:current\ time|duration|remaining\ time|loaded|progress|volume|mute|unmute|fullscreen|play|pause|stop)
      [\s\d:/%.-]*
    | \d?\d:\d\d(?:[\s/|–-]+\d?\d:\d\d)+(?:\s*(?:close|[x×✕✖]))?
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Buttons of a page and of a player, and what a player shows of its state."""
_BETWEEN_LABELS = re.compile(r"[|•·]")
_CLOSING_SIGN = re.compile(r"^[×✕✖✗✘⨯]\s++|(?<!\s)\s++[×✕✖✗✘⨯]$")
_CALL = re.compile(
    r"""^\W*+(?:
      click\ here | sign\ (?:up|in) | subscribe | follow\ us | log\ ?in | download\ (?:the|our)
    | get\ (?:the|our)\b.{0,30}\bapps?\b | terms\ (?:of|and) | privacy | cookie | contact\ us | advertise | about\ us
    | manage\ (?:my|your) | (?:see|view|show|load)\ (?:all|more) | skip\ to | (?:back|return)\ to\b | do\ not\ sell
    | your\ .{0,20}\bprivacy | read\ (?:more|next|the\ full)\b.{0,10}$ | leave\ a\b | join\ our\b | where\ to\ watch\b
    | e-?mail\ (?:this|to)\b | print\ this\b | become\ a\ (?:member|subscriber|supporter)\b
    | (?:join|try|support\ (?:us|our|local|independent|quality))\b.{0,60}(?:[£€$]|\beuros?\b|\bprice\ of\b|\bfree\b)
    | jetzt\b.{0,60}\b(?:testen|sichern|abonnieren|bestellen)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CREDIT = re.compile(
    r"""^\W*+(?:by|von|por|par|di|from|written\ by|posted\ (?:by|on|in)|published|updated|last\ (?:updated|modified)
      |first\ published)\b[^.!?]{0,90}$
    | ^.{0,60}\b(?:publié\ le|mis\ à\ jour|veröffentlicht\ am|aktualisiert\ am|publicado\ el|actualizado\ el
      |pubblicato\ il|опубликовано)\b.{0,80}$
    | ^\W*+by\b[^.]{0,60}\.\ (?:photo\w*|pictures|video)\ by\b
    | contributed\ to\ this\ (?:report|story|article) | \b(?:reporting|editing|writing)\ by\b
    | ^\W*+\(?(?:(?:this\ )?page\ )?(?:published|(?:last\ )?(?:updated|modified))\b.{0,60}$""",
    re.IGNORECASE | re.VERBOSE,
)
_BY = re.compile(
    r"\W*+(?:written\ by|words\ by|by|von|par|por|di|door|text|texte|texto)\b:?\s+(?=\w)", re.IGNORECASE | re.VERBOSE
)
_BOILERPLATE = re.compile(
    r"""(?:^|[\W_])(?:related|recommend\w*|newsletters?|promos?|promotion|shar(?:e|ing)|social|signup|sign-up|subscribe|subscription
      |comments?|disqus|author|bio|byline|footer|sidebar|nav|menu|breadcrumbs?|advert\w*|ads?|sponsor\w*|widget|teasers?|more|tags
      |meta|credits?|copyright|trending|popular|paywall|cta|outbrain|taboola)(?:$|[\W_])
    | (?:^|[^a-zA-Z])(?:related|recommended|newsletter|promo|author|social|share|comment)(?=[A-Z])
    | [a-z](?:Related|Recommended|Newsletter|Promo|Share|Comments|Author)(?![a-z])""",
    re.VERBOSE,
)
_END = re.compile(
    r"\W*+(?:ends?|ende|fine?)\W*+ | \W*-\s?30\s?-\W*+ | (?=.*\#\#\#)\W*+", re.IGNORECASE | re.VERBOSE | re.DOTALL
)
_LONGEST = 400
"""Length from which a text is not matched, in characters; boilerplate lines are shorter."""
_LONGEST_FURNITURE = 100


def is_label(text: str) -> bool:
    """Return whether a text is a label, a button or a player's time: "Advertisement", "Newsletter", "0:00", "×"."""
    return len(text) < _LONGEST and (_LABEL.fullmatch(text) is not None or not any(c.isalnum() for c in text))


def is_furniture(line: str) -> bool:
    """Return whether a line beside the text of an article is no text: labels, buttons, a player, calls, a copyright.

    A single line of a poem or a list may read like a button: only its neighbours tell.
    """
    if not line or len(line) > _LONGEST_FURNITURE:
        return False
    if is_call_to_action(line) or is_copyright_notice(line):
        return True
    parts = [part.strip() for part in _BETWEEN_LABELS.split(line)]
    return all(is_label(part) or _CONTROL.fullmatch(part) for part in parts)


def strip_closing_sign(text: str) -> str:
    """Remove the sign of a button that closes something before or after a text: "Headline ×"."""
    return _CLOSING_SIGN.sub("", text)


def is_call_to_action(text: str) -> bool:
    """Return whether a text is a call to action: "Sign up for …", "Click here …", "See all …"."""
    return _CALL.search(text[:_LONGEST]) is not None


def is_cross_reference(text: str) -> bool:
    """Return whether a text refers to another article: "Read more: …", "Related: …"."""
    return _CROSS_REFERENCE.search(text[:_LONGEST]) is not None


def is_promotion(text: str) -> bool:
    """Return whether a text promotes newsletters, apps, social networks or a contact address."""
    return len(text) < _LONGEST and _PROMOTION.search(text) is not None


def is_copyright_notice(text: str) -> bool:
    """Return whether a text is a copyright notice: "© 2024 …", "All rights reserved"."""
    return _COPYRIGHT.search(text[:_LONGEST]) is not None


def is_credit_line(text: str) -> bool:
    """Return whether a text names authors or a date: "By …", "Updated at …", "… contributed to this report"."""
    return len(text) < _LONGEST and _CREDIT.search(text) is not None


def strip_by(text: str) -> str:
    """Remove the leading "By" of a by-line such as "By Jane Doe"."""
    label = _BY.match(text)
    return text[label.end() :] if label else text


def is_end_mark(text: str) -> bool:
    """Return whether a text marks the end of a press release: "– ends –", "###"; notes to editors follow."""
    return len(text) < 20 and _END.fullmatch(text) is not None


def is_boilerplate_name(name: str) -> bool:
    """Return whether a `class` or `id` is that of boilerplate: related links, newsletters, comments, share buttons."""
    return _BOILERPLATE.search(name[:_LONGEST]) is not None
