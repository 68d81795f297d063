/*
 * Fuzz target: text tables. One that is read byte by byte tells the same, its
 * error and place included, as one read whole.
 *
 * The first byte chooses the size of pieces, the second the options.
 */
#include "feed_digest.h"

#include "base/limits.h"
#include "feed/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)1 << 16)

static void select_rows(struct feed_digest *digest, const struct feed_root *root, struct feed_selection *ret_selection)
{
	digest->columns[0] = name_intern(&digest->names, slice_from("a"));
	digest->columns[1] = name_intern(&digest->names, slice_from("j"));
	digest->selectors[0] = (struct feed_selector){.steps = digest->steps, .step_count = 2};
	*ret_selection = (struct feed_selection){
		.selectors = digest->selectors,
		.selector_count = 1,
		.group_columns = &digest->columns[0],
		.group_column_count = root->sample && root->sample->node_count % 2 ? 1 : 0,
		.json_columns = &digest->columns[1],
		.json_column_count = 1,
	};
}

static struct feed_options options_of(uint8_t choice, size_t piece_max)
{
	static const char delimiters[] = {'\0', ',', ';', '\t', '|', '~', '\0', '\0'};

	return (struct feed_options){
		.is_csv = true,
		.piece_max = piece_max,
		.csv = {.delimiter = delimiters[choice % 8], .header_line = choice / 8 % 4, .first_row_line = choice / 32},
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed_options options;
	struct feed_summary summary;
	struct error whole;
	struct error pieces;
	struct slice text;
	uint64_t number;
	int is_plausible;

	if (size < 2 || size > INPUT_BYTES_MAX)
		return 0;
	text = slice_make((const char *)data + 2, size - 2);
	options = options_of(data[1], 0);
	number = feed_digest_read(text, &options, select_rows, &summary, &whole);
	if (summary.format != FEED_CSV)
		return 0;
	options.piece_max = data[0] % 8 + 1u;
	expect(feed_digest_read(text, &options, select_rows, &summary, &pieces) == number, "a table depends on the pieces");
	expect(errors_are_equal(&whole, &pieces), "an error depends on the pieces");
	is_plausible = csv_is_plausible(text, &options.csv, &whole);
	expect(is_plausible == 0 || is_plausible == 1, "a table is neither plausible nor not");
	return 0;
}
