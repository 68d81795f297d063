/* The made-up catalogue: each offer is a function of seed, number and revision. */
#include "generate.h"

#include <string.h>

static uint64_t mix(uint64_t value)
{
	value += UINT64_C(0x9E3779B97F4A7C15);
	value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
	return value ^ (value >> 31);
}

struct dice {
	uint64_t state;
};

static uint64_t roll(struct dice *dice, uint64_t sides)
{
	dice->state = mix(dice->state);
	return dice->state % sides;
}

static const char *pick(struct dice *dice, const char *const *words, size_t count)
{
	return words[roll(dice, count)];
}

#define PICK(dice, words) pick(dice, words, sizeof(words) / sizeof((words)[0]))

static const char *const things[] = {"Стол",  "Стул",  "Шкаф", "Лампа", "Полка", "Диван",
                                     "Chair", "Table", "Lamp", "Shelf", "Sofa",  "Desk"};
static const char *const kinds[] = {"дубовый", "белый", "угловой", "детский", "compact", "classic", "folding", "outdoor"};
static const char *const colours[] = {"red", "green", "blue", "white", "black", "oak", "walnut", "grey"};
static const char *const brands[] = {"Norvik", "Halden", "Brasko", "Ostrava", "Pinewood", "Лесной", "Камень", "Torvald"};
static const char *const words[] = {"прочный", "каркас",   "из",     "массива", "сборка", "за",        "десять",    "минут",
                                    "solid",   "frame",    "easy",   "to",      "clean",  "delivered", "assembled", "warranty",
                                    "two",     "years",    "fits",   "small",   "rooms",  "tested",    "for",       "daily",
                                    "use",     "материал", "покрыт", "лаком",   "на",     "водной",    "основе",    "гарантия"};

static void make_description(struct dice *dice, char *ret_text, size_t size)
{
	size_t used = 0;
	const size_t wanted = 200 + roll(dice, 160);

	ret_text[0] = '\0';
	while (used < wanted && used + 40 < size) {
		const int written = snprintf(ret_text + used, size - used, "%s%s",
		                             used > 0 ? (roll(dice, 30) == 0 ? " & " : " ") : "", PICK(dice, words));

		if (written < 0)
			return;
		used += (size_t)written;
	}
}

static void make_params(struct dice *dice, const char *colour, struct offer *offer)
{
	offer->params[0].name = "Цвет";
	(void)snprintf(offer->params[0].value, sizeof(offer->params[0].value), "%s", colour);
	offer->params[1].name = "Width, cm";
	(void)snprintf(offer->params[1].value, sizeof(offer->params[1].value), "%u", (unsigned)(20 + roll(dice, 200)));
	offer->params[2].name = "Height, cm";
	(void)snprintf(offer->params[2].value, sizeof(offer->params[2].value), "%u", (unsigned)(20 + roll(dice, 200)));
	offer->params[3].name = "Материал";
	(void)snprintf(offer->params[3].value, sizeof(offer->params[3].value), "%s", PICK(dice, words));
}

/* A GTIN-13 of the range for use within a shop, with its check digit. */
static void make_barcode(uint64_t number, char *ret_text, size_t size)
{
	unsigned sum = 0;

	(void)snprintf(ret_text, size, "20%010llu", (unsigned long long)(number % UINT64_C(10000000000)));
	for (size_t index = 0; index < 12; index++)
		sum += (unsigned)(ret_text[index] - '0') * (index % 2 == 0 ? 1 : 3);
	(void)snprintf(ret_text + 12, size - 12, "%u", (10 - sum % 10) % 10);
}

static void make_offer(const struct catalogue_version *version, uint64_t number, uint64_t revision, struct offer *ret_offer)
{
	struct dice dice = {mix(version->seed ^ mix(number))};
	struct dice product = {mix(version->seed ^ mix(~(number / OFFERS_PER_PRODUCT)))};
	struct dice news = {mix(version->seed ^ mix(number) ^ mix(revision))};
	const char *thing = PICK(&product, things);
	const char *kind = PICK(&product, kinds);
	const char *brand = PICK(&product, brands);
	const char *colour = PICK(&dice, colours);
	struct offer *offer = ret_offer;

	*offer = (struct offer){.number = number};
	(void)snprintf(offer->id, sizeof(offer->id), "%llu", (unsigned long long)(100000 + number));
	(void)snprintf(offer->product_id, sizeof(offer->product_id), "g%llu", (unsigned long long)(number / OFFERS_PER_PRODUCT));
	offer->category = 1 + (unsigned)roll(&dice, CATALOGUE_CATEGORIES);
	(void)snprintf(offer->name, sizeof(offer->name), "%s %s %s %s", thing, kind, brand, colour);
	(void)snprintf(offer->brand, sizeof(offer->brand), "%s", brand);
	(void)snprintf(offer->url, sizeof(offer->url), "https://shop.example/catalogue/%s/%s.html", offer->product_id, offer->id);
	make_description(&dice, offer->description, sizeof(offer->description));
	for (int picture = 0; picture < OFFER_PICTURES; picture++)
		(void)snprintf(offer->pictures[picture], sizeof(offer->pictures[picture]), "https://img.shop.example/%s/%s-%d.jpg",
		               offer->product_id, offer->id, picture + 1);
	make_params(&dice, colour, offer);
	make_barcode(number, offer->barcode, sizeof(offer->barcode));
	(void)snprintf(offer->part_number, sizeof(offer->part_number), "%c%c-%u", (char)('A' + roll(&dice, 26)),
	               (char)('A' + roll(&dice, 26)), (unsigned)roll(&dice, 100000));
	offer->price_cents = 500 + (unsigned)roll(&news, 500000);
	offer->old_price_cents = roll(&news, 4) == 0 ? offer->price_cents + 1000 : 0;
	offer->is_available = roll(&news, 10) != 0;
	offer->quantity = offer->is_available ? 1 + (unsigned)roll(&news, 100) : 0;
}

static uint64_t millionths_of(uint64_t count, uint32_t share)
{
	return (count * share + 500000) / 1000000;
}

uint64_t catalogue_places(const struct catalogue_version *version)
{
	return version->offers + millionths_of(version->offers, version->added);
}

static uint64_t greatest_common_divisor(uint64_t left, uint64_t right)
{
	while (right != 0) {
		const uint64_t rest = left % right;

		left = right;
		right = rest;
	}
	return left;
}

/* A permutation: a step that has no factor in common with the count reaches every place once. */
static uint64_t shuffle(const struct catalogue_version *version, uint64_t place, uint64_t count)
{
	uint64_t step = 1 + mix(version->seed ^ version->number) % count;

	while (greatest_common_divisor(step, count) != 1)
		step = step % count + 1;
	return (uint64_t)(((unsigned __int128)place * step + version->number) % count);
}

bool catalogue_offer(const struct catalogue_version *version, uint64_t place, struct offer *ret_offer)
{
	const uint64_t count = catalogue_places(version);
	const uint64_t number = version->shuffled && count > 1 ? shuffle(version, place, count) : place;
	const uint64_t fate = mix(mix(version->seed + version->number) ^ number) % 1000000;
	uint64_t revision = 0;

	if (number < version->offers && version->number > 0) {
		if (fate < version->removed)
			return false;
		if (fate < (uint64_t)version->removed + version->changed)
			revision = version->number;
	}
	make_offer(version, number, revision, ret_offer);
	return true;
}

void catalogue_category(unsigned number, unsigned *ret_parent, char *ret_name, size_t size)
{
	*ret_parent = number <= 10 ? 0 : 1 + (number - 11) / 8;
	(void)snprintf(ret_name, size, "Раздел %u section", number);
}
