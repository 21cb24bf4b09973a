"""How people say, in English, Swedish and Norwegian, that something was done for you or will be.

"*" stands for any ending, "_" for a space."""

THINGS = {
    "en": """
        refund* order* booking* reservation* appointment* return* claim* cancellation* request* delivery purchase*
        payment* discount* complaint* exchange* address money account* subscription* case* ticket* deal offer* price*
        application* invoice*
    """,
    "sv": """
        återbetalning* beställning* order* bokning* retur* reklamation* avbokning* begäran ärende* leverans* köp*
        betalning* rabatt* byte* adress* pengar* konto* pris* ansökan faktura* tid*
    """,
    "nb": """
        refusjon* tilbakebetaling* bestilling* ordre* booking* retur* reklamasjon* avbestilling* forespørsel* sak*
        levering* kjøp* betaling* rabatt* bytte* adresse* penge* konto* pris* søknad* faktura* time*
    """,
}
DONE: dict[str, dict[str, str]] = {
    "refund": {
        "en": "refunded credited reimbursed paid_back transferred",
        "sv": "återbetal* krediter* kompenser* överför* utbetal*",
        "nb": "refunder* tilbakebetal* kreditert* kompenser* overfør* utbetal*",
    },
    "booking": {
        "en": "booked reserved confirmed scheduled arranged",
        "sv": "bokat bokats bokad bokade reserver* bekräft* inbokad* inbokat",
        "nb": "booket bestilt reservert* bekreftet* avtalt",
    },
    "cancellation": {
        "en": "cancelled canceled annulled stopped withdrawn",
        "sv": "avbok* avbeställ* annuller* stopp* makuler*",
        "nb": "avbestilt kansellert* annullert* stoppet trukket",
    },
    "change": {
        "en": "changed updated corrected moved exchanged extended waived removed deleted activated unlocked upgraded",
        "sv": "ändra* uppdatera* rätta* flytta* bytt* förläng* tagit_bort tagits_bort radera* aktivera*",
        "nb": "endret oppdatert* rettet flyttet byttet forlenget fjernet slettet aktivert*",
    },
    "shipment": {
        "en": "sent shipped dispatched delivered mailed posted",
        "sv": "skickat skickats skickad skickade levererat levererats sänt sänts mejlat mejlats",
        "nb": "sendt levert postlagt avsendt",
    },
    "case": {
        "en": """
            approved accepted granted processed registered completed forwarded escalated handled resolved noted verified
            authorised authorized
        """,
        "sv": """
            godkän* bevilja* accepter* behandla* registrer* genomför* vidarebefordra* hanter* löst lösts verifier*
        """,
        "nb": """
            godkjent* innvilget* akseptert* behandlet registrert* gjennomført videresendt håndtert løst verifisert*
        """,
    },
}
ACTS = {
    "en": """
        refund cancel book reserve send ship give credit pay change update approve grant arrange deliver forward offer
        waive extend make_sure ensure call contact compensate process register fix replace exchange
    """,
    "sv": """
        återbetal* avbok* boka bokar reserver* skick* ge ger krediter* betal* ändr* uppdater* godkän* ordn* lever*
        vidarebefordr* erbjud* se_till ring* kontakt* kompenser* byta byter fix* ersätt*
    """,
    "nb": """
        refunder* tilbakebetal* avbestill* bestill* book* reserver* send* gi gir krediter* betal* endr* oppdater*
        godkjenn* ordn* lever* videresend* tilby* sørge ring* kontakt* kompenser* bytt* fiks* erstatt*
    """,
}
HAVE = {
    "en": r"(?:i|we)(?: have|'ve| had|'d)?(?: just| now| already| hereby| also| gladly){0,2}",
    "sv": r"(?:(?:jag|vi)(?: har)?|har (?:jag|vi))(?: just| nu| redan| härmed| precis){0,2}",
    "nb": r"(?:(?:jeg|vi)(?: har)?|har (?:jeg|vi))(?: akkurat| nå| allerede| herved| nettopp){0,2}",
}
WILL = {
    "en": r"(?:i|we)(?:'ll| will| can| am going to| are going to|'m going to|'re going to)(?: now| gladly| also){0,2}",
    "sv": r"(?:jag|vi)(?: ska| kommer att| kan| ser)(?: nu| gärna| även){0,2}|(?:ska|kan) (?:jag|vi)",
    "nb": r"(?:jeg|vi)(?: skal| vil| kommer til å| kan)(?: nå| gjerne| også){0,2}|(?:skal|kan) (?:jeg|vi)",
}
IS = {
    "en": "is are was were has_been have_been is_now are_now has_now_been is_hereby gets will_be",
    "sv": "är blev har_blivit har är_nu har_nu blir kommer_att",
    "nb": "er ble har_blitt er_nå har_nå_blitt blir vil_bli",
}
YOUR = {
    "en": "your the this that his her",
    "sv": "din ditt dina er ert era den det de",
    "nb": "din ditt dine deres den det de",
}
PROMISES = {
    "en": """
        i_promise we_promise i_guarantee we_guarantee i_can_guarantee we_can_guarantee legally_binding binding_offer
        it's_a_deal deal_accepted consider_it_done i_agree we_agree i_confirm we_confirm i_hereby_confirm i_accept
        we_accept_your i_approve we_approve i_authorise i_authorize all_done it's_done it_is_done all_settled it's_settled
        it's_approved it_is_approved it's_confirmed it_is_confirmed it's_booked it_is_booked everything_is_arranged
        you_have_been_approved you_have_been_granted you_have_been_refunded you_have_been_credited you_have_been_booked
        you_have_been_upgraded you_are_approved you_are_booked you_were_approved you've_been_approved you've_been_refunded
        you've_been_granted you_have_won you've_won you_owe_nothing you_don't_have_to_pay you_do_not_have_to_pay
        you_need_not_pay you_pay_nothing
    """,
    "sv": """
        jag_lovar vi_lovar jag_garanterar vi_garanterar jag_bekräftar vi_bekräftar jag_godkänner vi_godkänner
        jag_accepterar jag_går_med_på vi_går_med_på juridiskt_bindande bindande_erbjudande du_har_fått du_har_vunnit
        du_har_beviljats du_är_godkänd du_är_beviljad du_är_bokad du_är_inbokad allt_är_klart det_är_klart allt_är_fixat
        det_är_fixat allt_är_ordnat det_är_ordnat det_är_bokat det_är_bekräftat det_är_godkänt du_behöver_inte_betala
        du_slipper_betala du_betalar_inget du_betalar_ingenting
    """,
    "nb": """
        jeg_lover vi_lover jeg_garanterer vi_garanterer jeg_bekrefter vi_bekrefter jeg_godkjenner vi_godkjenner
        jeg_aksepterer jeg_går_med_på vi_går_med_på juridisk_bindende bindende_tilbud du_har_fått du_har_vunnet
        du_har_blitt_innvilget du_er_godkjent du_er_innvilget du_er_booket alt_er_klart det_er_klart alt_er_fikset
        det_er_fikset alt_er_ordnet det_er_ordnet det_er_booket det_er_bekreftet det_er_godkjent du_trenger_ikke_betale
        du_trenger_ikke_å_betale du_slipper_å_betale du_betaler_ingenting
    """,
}
