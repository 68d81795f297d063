/*
 * Fuzz target: the filter of faulty XML.
 *
 * Whatever pieces a text comes in, the same is written and found. What was
 * written needs no mending. Places are those of the text as it came: what
 * stands between them is unchanged. A feed that is mended tells the same whole
 * and in pieces. The first byte chooses their size.
 */
#include "feed_digest.h"

#include "base/buffer.h"
#include "base/utf8.h"
#include "feed/lenient.h"
#include "feed/lenient_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 14)

struct filtered {
	struct buffer text;
	uint64_t count;
	struct lenient_place *places;
	size_t place_count;
};

static int append(void *context, struct slice text, struct error *err)
{
	(void)err;
	return buffer_append_slice(context, text);
}

static void keep_places(struct lenient *lenient, struct filtered *filtered)
{
	struct lenient_place place;

	filtered->places = calloc(lenient->places.count + 1, sizeof(*filtered->places));
	expect(filtered->places != NULL, "no memory");
	while (lenient_places_pass(&lenient->places, UINT64_MAX, &place))
		filtered->places[filtered->place_count++] = place;
}

static void filter(struct slice text, size_t skip, size_t piece_max, struct filtered *filtered)
{
	struct lenient *lenient = malloc(sizeof(*lenient));
	struct error err = ERROR_INIT;

	expect(lenient != NULL, "no memory");
	*filtered = (struct filtered){.count = 0};
	buffer_init(&filtered->text, 8 * INPUT_BYTES_MAX);
	lenient_init(lenient, LENIENT_CONTENT, skip);
	lenient->write = append;
	lenient->context = &filtered->text;
	while (text.size > 0) {
		const size_t size = text.size < piece_max ? text.size : piece_max;

		expect(lenient_push(lenient, slice_make(text.data, size), &err) == 0, "the filter fails");
		text = slice_make(text.data + size, text.size - size);
	}
	expect(lenient_finish(lenient, &err) == 0, "the filter fails at the end");
	filtered->count = lenient_count(lenient);
	keep_places(lenient, filtered);
	lenient_release(lenient);
	free(lenient);
}

static void release(struct filtered *filtered)
{
	buffer_release(&filtered->text);
	free(filtered->places);
}

/* From place to place, the mended text is that which came, shifted as the place says. */
static void check_places(struct slice text, const struct filtered *filtered)
{
	uint64_t original = 0;
	uint64_t mended = 0;

	for (size_t i = 0; i < filtered->place_count; i++) {
		const struct lenient_place *place = &filtered->places[i];
		const uint64_t plain = place->offset - original;
		const uint64_t next = (uint64_t)((int64_t)place->mended + place->shift);

		expect(place->offset >= original && next > place->offset && next <= text.size, "places do not rise");
		expect(mended + plain + (place->mend == LENIENT_AMPERSAND ? 5 : 0) == place->mended, "a place is shifted wrongly");
		expect(plain == 0 || memcmp(text.data + original, filtered->text.data + mended, plain) == 0, "text was changed");
		original = next;
		mended = place->mended;
	}
	expect(text.size - original == filtered->text.size - mended, "text was lost at the end");
	expect(text.size == original || memcmp(text.data + original, filtered->text.data + mended, text.size - original) == 0,
	       "text was changed at the end");
}

static void select_elements(struct feed_digest *digest, const struct feed_root *root, struct feed_selection *ret_selection)
{
	(void)root;
	digest->selectors[0] = (struct feed_selector){.steps = digest->steps, .step_count = 2};
	digest->selectors[1] = (struct feed_selector){.steps = digest->steps, .step_count = 2, .attributes_only = true};
	*ret_selection = (struct feed_selection){.selectors = digest->selectors, .selector_count = 2};
}

/* The parser itself takes some faulty definitions of a document type otherwise where they are cut. */
static void compare_feeds(struct slice text, size_t piece_max)
{
	struct feed_options options = {.is_lenient = true};
	struct feed_summary summary;
	struct error whole;
	struct error pieces;
	const uint64_t number = feed_digest_read(text, &options, select_elements, &summary, &whole);
	uint64_t piece_number;

	options.piece_max = piece_max;
	piece_number = feed_digest_read(text, &options, select_elements, &summary, &pieces);
	if (slice_find(text, slice_from("<!D")) != SIZE_MAX)
		return;
	expect(whole.code == pieces.code, "whether a feed is read depends on the pieces");
	expect(whole.code != ERROR_NONE || number == piece_number, "a feed depends on the pieces");
	options.is_lenient = false;
	(void)feed_digest_read(text, &options, select_elements, &summary, &whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct filtered whole;
	struct filtered pieces;
	struct filtered again;
	struct slice text;
	size_t piece_max;

	if (size < 2 || size > INPUT_BYTES_MAX)
		return 0;
	piece_max = data[0] % 8 + 1u;
	text = slice_make((const char *)data + 1, size - 1);
	filter(text, lenient_prolog_offset(text), SIZE_MAX, &whole);
	filter(text, lenient_prolog_offset(text), piece_max, &pieces);
	expect(slice_equal(buffer_slice(&whole.text), buffer_slice(&pieces.text)), "text depends on the pieces");
	expect(whole.count == pieces.count && whole.count == whole.place_count && whole.place_count == pieces.place_count &&
	               memcmp(whole.places, pieces.places, whole.place_count * sizeof(whole.places[0])) == 0,
	       "places depend on the pieces");
	check_places(text, &whole);
	if (utf8_is_valid(text)) {
		filter(buffer_slice(&whole.text), 0, SIZE_MAX, &again);
		expect(again.count == 0, "mended text is mended again");
		release(&again);
	}
	release(&pieces);
	release(&whole);
	compare_feeds(text, piece_max);
	return 0;
}
