/* Folding names and finding them in the table. */
#include "probe/field_names.h"

#include "base/utf8.h"
#include "probe/field_name_table.h"

#include <string.h>

#define TOKENS_MAX 8

static const char *const target_names[PROBE_TARGET_COUNT] = {
	[PROBE_TARGET_ID] = "id",
	[PROBE_TARGET_PRODUCT_ID] = "product_id",
	[PROBE_TARGET_NAME] = "name",
	[PROBE_TARGET_DESCRIPTION] = "description",
	[PROBE_TARGET_URL] = "url",
	[PROBE_TARGET_BRAND] = "brand",
	[PROBE_TARGET_PRICE] = "price",
	[PROBE_TARGET_OLD_PRICE] = "old_price",
	[PROBE_TARGET_SALE_PRICE] = "sale_price",
	[PROBE_TARGET_CURRENCY] = "currency",
	[PROBE_TARGET_AVAILABILITY] = "availability",
	[PROBE_TARGET_QUANTITY] = "quantity",
	[PROBE_TARGET_CONDITION] = "condition",
	[PROBE_TARGET_GTIN] = "gtin",
	[PROBE_TARGET_MPN] = "mpn",
	[PROBE_TARGET_MERCHANT_SKU] = "merchant_sku",
	[PROBE_TARGET_WEIGHT] = "weight",
	[PROBE_TARGET_IMAGES] = "images",
	[PROBE_TARGET_CATEGORIES] = "categories",
	[PROBE_TARGET_TAGS] = "tags",
	[PROBE_TARGET_ATTRIBUTES] = "attributes",
};

const char *probe_target_name(enum probe_target target)
{
	return target_names[target];
}

bool probe_target_is_list(enum probe_target target)
{
	return target >= PROBE_TARGET_IMAGES;
}

/* --- folding --- */

/* The letters of U+00C0 to U+017F without their accents; '_' is no letter. */
static const char latin_letters[] = "aaaaaaaceeeeiiiidnooooo_ouuuuytsaaaaaaaceeeeiiiidnooooo_ouuuuyty"
				    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
				    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static uint32_t lower_greek(uint32_t letter)
{
	switch (letter) {
	case 0x386:
	case 0x3AC:
		return 0x3B1;
	case 0x388:
	case 0x3AD:
		return 0x3B5;
	case 0x389:
	case 0x3AE:
		return 0x3B7;
	case 0x38A:
	case 0x3AF:
	case 0x3CA:
	case 0x390:
		return 0x3B9;
	case 0x38C:
	case 0x3CC:
		return 0x3BF;
	case 0x38E:
	case 0x3CD:
	case 0x3CB:
	case 0x3B0:
		return 0x3C5;
	case 0x38F:
	case 0x3CE:
		return 0x3C9;
	default:
		return letter >= 0x391 && letter <= 0x3A9 ? letter + 0x20 : letter;
	}
}

/* The letter in lower case without its accent, or 0 where it is neither letter nor digit. */
static uint32_t fold_letter(uint32_t letter)
{
	if (letter < 0x80) {
		if (letter >= 'A' && letter <= 'Z')
			return letter + 0x20;
		return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ? letter : 0;
	}
	if (letter < 0xC0)
		return 0;
	if (letter <= 0x17F)
		return latin_letters[letter - 0xC0] == '_' ? 0 : (uint32_t)(unsigned char)latin_letters[letter - 0xC0];
	if (letter >= 0x218 && letter <= 0x21B) /* Romanian */
		return letter <= 0x219 ? 's' : 't';
	if (letter >= 0x386 && letter <= 0x3CE)
		return lower_greek(letter);
	if (letter >= 0x410 && letter <= 0x42F)
		return letter + 0x20;
	if (letter >= 0x400 && letter <= 0x40F)
		return letter + 0x50;
	return letter == 0x490 ? 0x491 : letter;
}

static bool is_upper(struct slice text)
{
	size_t size;
	const uint32_t letter = utf8_decode(text, &size);

	return (letter >= 'A' && letter <= 'Z') || (letter >= 0x410 && letter <= 0x42F) || (letter >= 0x391 && letter <= 0x3A9);
}

struct token {
	size_t start; /* in the folded text */
	size_t end;
};

struct folded_name {
	char bytes[FIELD_NAME_MAX];
	size_t size;
	struct token tokens[TOKENS_MAX];
	size_t token_count;
};

/* Words end at signs, and where a small letter is followed by a capital: 'PriceVat', 'price_vat'. */
static void fold(struct slice name, struct folded_name *folded)
{
	bool at_start = true;
	bool was_lower = false;

	folded->size = 0;
	folded->token_count = 0;
	while (name.size > 0) {
		size_t taken;
		char bytes[4];
		const uint32_t read = utf8_decode(name, &taken);
		const uint32_t letter = fold_letter(read);
		const bool upper = is_upper(name);
		size_t size = letter != 0 ? utf8_encode(letter, bytes) : 0;

		if (read == 0xDF) /* ß is two letters */
			bytes[size++] = 's';

		name = slice_make(name.data + taken, name.size - taken);
		if (size == 0) {
			at_start = true;
			was_lower = false;
			continue;
		}
		if (folded->size + size > FIELD_NAME_MAX)
			return;
		if ((at_start || (was_lower && upper)) && folded->token_count < TOKENS_MAX)
			folded->tokens[folded->token_count++].start = folded->size;
		memcpy(folded->bytes + folded->size, bytes, size);
		folded->size += size;
		folded->tokens[folded->token_count - 1].end = folded->size;
		at_start = false;
		was_lower = !upper && !(letter >= '0' && letter <= '9');
	}
}

struct slice field_name_fold(struct slice name, char ret_bytes[FIELD_NAME_MAX])
{
	struct folded_name folded;

	fold(name, &folded);
	memcpy(ret_bytes, folded.bytes, folded.size);
	return slice_make(ret_bytes, folded.size);
}

/* --- finding --- */

static bool list_has(const char *words, struct slice word)
{
	const char *at = words;

	while (word.size > 0 && (at = strchr(at, word.data[0])) != NULL) {
		const bool begins = at == words || at[-1] == ' ';

		if (begins && strncmp(at, word.data, word.size) == 0 && (at[word.size] == ' ' || at[word.size] == '\0'))
			return true;
		at++;
	}
	return false;
}

struct meanings {
	struct field_meaning *items;
	size_t count;
};

/* Each target once, with its greatest weight, sorted by it. */
static void add_meaning(struct meanings *meanings, enum probe_target target, int weight)
{
	size_t at = 0;

	while (at < meanings->count && meanings->items[at].target != target)
		at++;
	if (at < meanings->count && meanings->items[at].weight >= weight)
		return;
	if (at == FIELD_MEANINGS_MAX && meanings->items[--at].weight >= weight)
		return;
	if (at == meanings->count)
		meanings->count++;
	for (; at > 0 && meanings->items[at - 1].weight < weight; at--)
		meanings->items[at] = meanings->items[at - 1];
	meanings->items[at] = (struct field_meaning){target, weight};
}

static bool find_word(struct slice word, int percent, struct meanings *meanings)
{
	bool is_found = false;

	for (size_t i = 0; i < field_name_table_size; i++) {
		if (!list_has(field_name_table[i].names, word))
			continue;
		add_meaning(meanings, field_name_table[i].target, field_name_table[i].weight * percent / 100);
		is_found = true;
	}
	return is_found;
}

static struct slice join_tokens(const struct folded_name *folded, size_t first, size_t end)
{
	return slice_make(folded->bytes + folded->tokens[first].start, folded->tokens[end - 1].end - folded->tokens[first].start);
}

/* A number at the end is not part of the meaning: image2, 'picture 10'. */
static struct slice without_number(struct slice word)
{
	size_t size = word.size;

	while (size > 1 && word.data[size - 1] >= '0' && word.data[size - 1] <= '9')
		size--;
	return slice_make(word.data, size);
}

size_t field_name_meanings(struct slice name, struct field_meaning ret_meanings[FIELD_MEANINGS_MAX])
{
	struct meanings meanings = {.items = ret_meanings};
	struct folded_name folded;

	fold(name, &folded);
	if (folded.token_count == 0)
		return 0;
	const struct slice whole = slice_make(folded.bytes, folded.size);
	if (find_word(whole, 100, &meanings) || find_word(without_number(whole), 97, &meanings))
		return meanings.count;
	/* The longer the part of the name that is known, the surer; its end says more than its beginning. */
	for (size_t length = folded.token_count - 1; length > 0; length--) {
		const int percent = 85 - 10 * (int)(folded.token_count - 1 - length);

		if (percent < 45)
			break;
		if (find_word(join_tokens(&folded, folded.token_count - length, folded.token_count), percent, &meanings) ||
		    find_word(without_number(join_tokens(&folded, 0, length)), percent - 5, &meanings))
			break;
	}
	return meanings.count;
}

static bool is_word_of(struct slice name, const char *words)
{
	char bytes[FIELD_NAME_MAX];

	return list_has(words, field_name_fold(name, bytes));
}

bool field_name_is_label(struct slice name)
{
	return is_word_of(name,
	                  "name key title label param paramname attributename attributecode code parametername fname property "
	                  "nazev nazwa merkmal ονομα название наименование");
}

bool field_name_is_value(struct slice name)
{
	return is_word_of(
		name, "value val values attributevalue paramvalue text content fvalue option options hodnota wartosc wert valeur "
		      "valore valor τιμη значение parametervalue");
}
