/*
 * Fuzz target: sifting tables. See sift_check.h for what must hold.
 *
 * The first byte chooses the options, the second what is known, the third the
 * size of pieces.
 */
#include "feed_digest.h"
#include "sift_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 14)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = {'\0', ',', ';', '\t', '|', '~', '\0', '\0'};
	static const unsigned percents[] = {100, 50, 80, 20};
	struct sift_check check;
	struct sift_check_result result;

	if (size < 4 || size > INPUT_BYTES_MAX)
		return 0;
	check = (struct sift_check){
		.content = slice_make((const char *)data + 3, size - 3),
		.paths = "+/*/*",
		.is_csv = true,
		.csv = {.delimiter = delimiters[data[0] % 8], .header_line = data[0] / 8 % 4, .first_row_line = data[0] / 32},
		.choice = data[1],
		.percent = percents[data[1] % 4],
		.piece_max = data[2] % 16 + 1u,
	};
	expect(sift_check_run(&check, &result), result.fault);
	return 0;
}
