/*
 * Fuzz target: sifting XML. See sift_check.h for what must hold.
 *
 * The first byte chooses what is selected, the second what is known, the third
 * the size of pieces.
 */
#include "feed_digest.h"
#include "sift_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 14)

static const char *const selections[] = {
	"+/a/b",    "+/a/b /a/c +/a/b/b @/a/c/b", "+/*/*", "+/*/* @/*", "+/*/*/*", "+/a/b|u +/a/c/*|u", "@/* @/*/* +/*/*/* +/a/c",
	"+/a /a/b",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned percents[] = {100, 50, 80, 20};
	struct sift_check check;
	struct sift_check_result result;

	if (size < 4 || size > INPUT_BYTES_MAX || data[3] != '<')
		return 0;
	check = (struct sift_check){
		.content = slice_make((const char *)data + 3, size - 3),
		.paths = selections[data[0] % (sizeof(selections) / sizeof(selections[0]))],
		.choice = data[1],
		.percent = percents[data[1] % 4],
		.piece_max = data[2] % 16 + 1u,
	};
	/* Where the parser itself depends on the pieces: what follows a document type or stands in its subset. */
	if (slice_find(check.content, slice_from("<!D")) != SIZE_MAX && slice_find(check.content, slice_from("[")) != SIZE_MAX)
		return 0;
	expect(sift_check_run(&check, &result), result.fault);
	return 0;
}
