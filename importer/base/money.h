/* Prices with their currency, as feeds write them (ISO 4217). */
#pragma once

#include "base/number.h"

/* A three-letter code and a NUL; "" = no currency. */
struct currency {
	char code[4];
};

struct money {
	int64_t micros;
	struct currency currency; /* "" where the text has none */
};

/*
 * The code for a word or sign: any case, RUR is RUB, '€' '$' '£' '₽' '₴' '₸'
 * 'zł' 'Kč' 'грн' 'руб.' 'TL' … where they mean one currency. False where
 * unknown ('$' alone is USD).
 */
must_use bool currency_parse(struct slice text, struct currency *ret_currency);

/*
 * Is this, in capitals, an ISO 4217 code in use (or a withdrawn one that feeds
 * still carry: BYR, HRK, DEM)? Not RUR, which is read as RUB, nor XXX and XTS.
 */
bool currency_is_known(struct slice code);

/*
 * A number with the currency before, after or absent: '15.00 USD', 'USD 15',
 * '1 620,00 ₽', '12', '-$5', '1290,- Kč', '$15.00 CAD' (which is CAD). Outcomes
 * as number_parse_micros; a word that is no currency, two currencies, or no
 * digit at all is INVALID. `ret_money` is untouched where there is no number.
 */
must_use enum number_outcome money_parse(struct slice text, number_decimal_sign sign, struct money *ret_money);
