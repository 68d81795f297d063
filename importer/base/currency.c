/* Currencies: the codes of ISO 4217, and the words and signs that feeds write instead. */
#include "base/money.h"

#include "base/utf8.h"

#include <string.h>

#define WORD_MAX 40 /* bytes of the longest word looked up, and some */

/*
 * In use, and withdrawn ones that feeds still carry; sorted by bytes. RUR is
 * not here: it is read as RUB. XXX and XTS name no currency.
 */
static const char codes[][4] = {
	"AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "ATS", "AUD", "AWG", "AZM", "AZN", "BAM", "BBD", "BDT", "BEF",
	"BGL", "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYB", "BYN", "BYR", "BZD",
	"CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CSD", "CSK", "CUC", "CUP", "CVE",
	"CYP", "CZK", "DEM", "DJF", "DKK", "DOP", "DZD", "EEK", "EGP", "ERN", "ESP", "ETB", "EUR", "FIM", "FJD", "FKP",
	"FRF", "GBP", "GEL", "GHC", "GHS", "GIP", "GMD", "GNF", "GRD", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF",
	"IDR", "IEP", "ILS", "INR", "IQD", "IRR", "ISK", "ITL", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW",
	"KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LTL", "LUF", "LVL", "LYD", "MAD", "MDL", "MGA",
	"MKD", "MMK", "MNT", "MOP", "MRO", "MRU", "MTL", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZM", "MZN", "NAD",
	"NGN", "NIO", "NLG", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PLZ", "PTE", "PYG",
	"QAR", "ROL", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDD", "SDG", "SEK", "SGD", "SHP", "SIT", "SKK",
	"SLE", "SLL", "SOS", "SRD", "SRG", "SSP", "STD", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMM", "TMT", "TND",
	"TOP", "TRL", "TRY", "TTD", "TWD", "TZS", "UAH", "UAK", "UGX", "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VEB",
	"VED", "VEF", "VES", "VND", "VUV", "WST", "XAF", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XCD", "XCG", "XDR",
	"XOF", "XPD", "XPF", "XPT", "XSU", "XUA", "YER", "YUM", "ZAR", "ZMK", "ZMW", "ZWD", "ZWG", "ZWL",
};

/*
 * Folded, without a full stop at the end. Left out because they mean several:
 * kr, fr, rs, lei, ¥, ﷼, br.
 */
static const struct {
	struct slice word;
	const char *code;
} words[] = {
	{SLICE("$"), "USD"},      {SLICE("€"), "EUR"},      {SLICE("£"), "GBP"},     {SLICE("₽"), "RUB"},
	{SLICE("₴"), "UAH"},      {SLICE("₸"), "KZT"},      {SLICE("zł"), "PLN"},    {SLICE("zl"), "PLN"},
	{SLICE("kč"), "CZK"},     {SLICE("kc"), "CZK"},     {SLICE("грн"), "UAH"},   {SLICE("гривень"), "UAH"},
	{SLICE("гривен"), "UAH"}, {SLICE("гривна"), "UAH"}, {SLICE("руб"), "RUB"},   {SLICE("рубль"), "RUB"},
	{SLICE("рубля"), "RUB"},  {SLICE("рублей"), "RUB"}, {SLICE("р"), "RUB"},     {SLICE("rur"), "RUB"},
	{SLICE("тг"), "KZT"},     {SLICE("тнг"), "KZT"},    {SLICE("тенге"), "KZT"}, {SLICE("tl"), "TRY"},
	{SLICE("₺"), "TRY"},      {SLICE("ytl"), "TRY"},    {SLICE("euro"), "EUR"},  {SLICE("euros"), "EUR"},
	{SLICE("евро"), "EUR"},   {SLICE("us$"), "USD"},    {SLICE("$us"), "USD"},   {SLICE("доллар"), "USD"},
	{SLICE("ca$"), "CAD"},    {SLICE("c$"), "CAD"},     {SLICE("cad$"), "CAD"},  {SLICE("au$"), "AUD"},
	{SLICE("a$"), "AUD"},     {SLICE("nz$"), "NZD"},    {SLICE("hk$"), "HKD"},   {SLICE("s$"), "SGD"},
	{SLICE("sg$"), "SGD"},    {SLICE("nt$"), "TWD"},    {SLICE("r$"), "BRL"},    {SLICE("mx$"), "MXN"},
	{SLICE("₪"), "ILS"},      {SLICE("₹"), "INR"},      {SLICE("円"), "JPY"},    {SLICE("jp¥"), "JPY"},
	{SLICE("元"), "CNY"},     {SLICE("cn¥"), "CNY"},    {SLICE("rmb"), "CNY"},   {SLICE("₩"), "KRW"},
	{SLICE("฿"), "THB"},      {SLICE("₫"), "VND"},      {SLICE("₱"), "PHP"},     {SLICE("₦"), "NGN"},
	{SLICE("₲"), "PYG"},      {SLICE("₡"), "CRC"},      {SLICE("₾"), "GEL"},   {SLICE("₼"), "AZN"},
	{SLICE("֏"), "AMD"},      {SLICE("₮"), "MNT"},      {SLICE("₭"), "LAK"},     {SLICE("៛"), "KHR"},
	{SLICE("₵"), "GHS"},      {SLICE("৳"), "BDT"},      {SLICE("؋"), "AFN"},     {SLICE("ft"), "HUF"},
	{SLICE("лв"), "BGN"},     {SLICE("лева"), "BGN"},   {SLICE("ден"), "MKD"},   {SLICE("дин"), "RSD"},
	{SLICE("kn"), "HRK"},     {SLICE("sfr"), "CHF"},    {SLICE("dm"), "DEM"},    {SLICE("сом"), "KGS"},
	{SLICE("сум"), "UZS"},    {SLICE("so'm"), "UZS"},
};

/* Lower case of the letters that occur in the table: Latin with its first extension, and Cyrillic. */
static uint32_t fold(uint32_t code_point)
{
	if ((code_point >= 'A' && code_point <= 'Z') || (code_point >= 0x00C0 && code_point <= 0x00DE && code_point != 0x00D7))
		return code_point + 0x20;
	if ((code_point >= 0x0100 && code_point <= 0x012F) || (code_point >= 0x014A && code_point <= 0x0177))
		return code_point | 1;
	if (code_point >= 0x0139 && code_point <= 0x0148)
		return code_point + (code_point & 1);
	if (code_point >= 0x0410 && code_point <= 0x042F)
		return code_point + 0x20;
	if (code_point >= 0x0400 && code_point <= 0x040F)
		return code_point + 0x50;
	return code_point;
}

/* False where the word is longer than any that is known. */
static bool word_fold(struct slice word, char ret_text[WORD_MAX], size_t *ret_size)
{
	size_t size = 0;

	while (word.size > 0) {
		size_t taken;
		const uint32_t code_point = fold(utf8_decode(word, &taken));

		if (size > WORD_MAX - 4)
			return false;
		size += utf8_encode(code_point, ret_text + size);
		word = slice_make(word.data + taken, word.size - taken);
	}
	*ret_size = size;
	return true;
}

static bool parse_code(struct slice word, struct currency *ret_currency)
{
	struct currency currency = {.code = ""};

	if (word.size != 3)
		return false;
	for (size_t index = 0; index < 3; index++) {
		const char byte = word.data[index];

		currency.code[index] = (char)(byte >= 'a' && byte <= 'z' ? byte - ('a' - 'A') : byte);
	}
	if (!currency_is_known(slice_make(currency.code, 3)))
		return false;
	*ret_currency = currency;
	return true;
}

bool currency_parse(struct slice text, struct currency *ret_currency)
{
	struct slice word = slice_trim(text);
	char folded[WORD_MAX];
	size_t size;

	if (word.size > 1 && word.data[word.size - 1] == '.')
		word.size--;
	if (parse_code(word, ret_currency))
		return true;
	if (slice_is_empty(word) || !word_fold(word, folded, &size))
		return false;
	for (size_t index = 0; index < sizeof(words) / sizeof(words[0]); index++) {
		if (slice_equal(slice_make(folded, size), words[index].word)) {
			memcpy(ret_currency->code, words[index].code, sizeof(ret_currency->code));
			return true;
		}
	}
	return false;
}

bool currency_is_known(struct slice code)
{
	size_t low = 0;
	size_t high = sizeof(codes) / sizeof(codes[0]);

	if (code.size != 3)
		return false;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = memcmp(code.data, codes[middle], 3);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
