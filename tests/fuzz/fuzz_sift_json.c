/*
 * Fuzz target: sifting JSON and JSON Lines. See sift_check.h for what must hold.
 *
 * The first byte chooses what is selected, the second what is known, the third
 * the size of pieces and whether it is JSON Lines.
 */
#include "feed_digest.h"
#include "sift_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 14)

static const char *const selections[] = {
	"+/*/*", "+/*/a/*", "+/#/a/# /#/b +/#/c", "+/*/*/*", "@/* @/*/* +/*/*/*", "+/#/#/a/# @/#/#", "+/*/* @/*/*", "+/*",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned percents[] = {100, 50, 80, 20};
	struct sift_check check;
	struct sift_check_result result;

	if (size < 4 || size > INPUT_BYTES_MAX)
		return 0;
	check = (struct sift_check){
		.content = slice_make((const char *)data + 3, size - 3),
		.paths = selections[data[0] % (sizeof(selections) / sizeof(selections[0]))],
		.choice = data[1],
		.percent = percents[data[1] % 4],
		.piece_max = data[2] % 16 + 1u,
		.is_json_lines = data[2] >= 128,
	};
	/* Everything else is for the other targets. */
	if (data[3] == '<' || (data[3] & 0x80) != 0)
		return 0;
	expect(sift_check_run(&check, &result), result.fault);
	return 0;
}
