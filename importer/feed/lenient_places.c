/* A ring of places. */
#include "feed/lenient_places.h"

#include <stdlib.h>

#define FIRST_CAPACITY ((size_t)64)

void lenient_places_release(struct lenient_places *places)
{
	free(places->ring);
	*places = (struct lenient_places){.ring = NULL};
}

static struct lenient_place *at(const struct lenient_places *places, size_t index)
{
	return &places->ring[(places->first + index) & (places->capacity - 1)];
}

static int grow(struct lenient_places *places, struct error *err)
{
	const size_t capacity = places->capacity ? places->capacity * 2 : FIRST_CAPACITY;
	struct lenient_place *ring;

	if (places->count >= LENIENT_PLACES_MAX)
		return error_set(err, ERROR_LIMIT, "more than %zu faults in one tag, comment or CDATA section", LENIENT_PLACES_MAX);
	ring = malloc(capacity * sizeof(*ring));
	if (ring == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < places->count; i++)
		ring[i] = *at(places, i);
	free(places->ring);
	places->ring = ring;
	places->capacity = capacity;
	places->first = 0;
	return 0;
}

int lenient_places_add(struct lenient_places *places, const struct lenient_place *place, struct error *err)
{
	if (places->count == places->capacity && grow(places, err) < 0)
		return -1;
	*at(places, places->count++) = *place;
	return 0;
}

struct lenient_place *lenient_places_last(struct lenient_places *places)
{
	return places->count > 0 ? at(places, places->count - 1) : NULL;
}

bool lenient_places_pass(struct lenient_places *places, uint64_t mended, struct lenient_place *ret_place)
{
	if (places->count == 0 || at(places, 0)->mended > mended)
		return false;
	places->passed = *at(places, 0);
	places->first = (places->first + 1) & (places->capacity - 1);
	places->count--;
	*ret_place = places->passed;
	return true;
}

struct lenient_place lenient_places_before(const struct lenient_places *places, uint64_t mended)
{
	struct lenient_place found = places->passed;

	for (size_t i = 0; i < places->count && at(places, i)->mended <= mended; i++)
		found = *at(places, i);
	return found;
}
