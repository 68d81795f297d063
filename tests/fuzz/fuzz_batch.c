/*
 * Fuzz target: bytes from a hostile reader process, read as a batch.
 *
 * The head is made right where the input is long enough, so that the fuzzer
 * spends its time on entries; a byte in front chooses whether it is.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/batch.h"
#include "catalog/batch_format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct slice text)
{
	if (!utf8_is_valid(text) || (text.size > 0 && memchr(text.data, '\0', text.size) != NULL))
		abort();
}

/* What an entry hands out lies within the batch (a sanitizer sees to that) and is text. */
static void check_entry(const struct batch_entry *entry)
{
	if (entry->type == BATCH_COMPLAINT) {
		check_text(entry->complaint.item_id);
		check_text(entry->complaint.field);
		check_text(entry->complaint.text);
	} else if (entry->type == BATCH_STATEMENT) {
		for (enum field_id field = 0; field < FIELD_COUNT; field++)
			check_text(statement_text(&entry->statement, field));
	}
}

static void repair_head(char *bytes, size_t size)
{
	struct batch_head head;

	memcpy(&head, bytes, sizeof(head));
	head.magic = BATCH_MAGIC;
	head.version = BATCH_VERSION;
	head.size = size;
	head.zero = 0;
	memcpy(bytes, &head, sizeof(head));
}

/* How many entries a batch has; -1 = it is refused. */
static long decode(struct slice bytes)
{
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;
	long count = 0;
	int step;

	if (batch_decoder_init(&decoder, bytes, &err) < 0)
		return -1;
	for (; (step = batch_decoder_next(&decoder, &entry, &err)) == BATCH_ENTRY; count++)
		check_entry(&entry);
	if (step < 0 && err.code != ERROR_READER)
		abort();
	return step < 0 ? -1 : count;
}

/* The same without a look at its texts: all of a batch in order, and nothing outside of any other. */
static void decode_checked(struct slice bytes, long count)
{
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;
	int step = BATCH_ENTRY;

	if ((batch_check(bytes, &err) == 0) != (count >= 0))
		abort();
	if (batch_decoder_init_checked(&decoder, bytes, &err) < 0)
		return;
	for (long left = count; step == BATCH_ENTRY; left--) {
		step = batch_decoder_next(&decoder, &entry, &err);
		if (step == BATCH_ENTRY && count >= 0)
			check_entry(&entry);
		if (count >= 0 && step != (left > 0 ? BATCH_ENTRY : BATCH_END))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes;

	if (size < 2 || size > LIMIT_BATCH_BYTES)
		return 0;
	/* In memory of its own and exact size: aligned, and a sanitizer sees a read behind its end. */
	bytes = malloc(size - 1);
	if (bytes == NULL)
		return 0;
	memcpy(bytes, data + 1, size - 1);
	if (data[0] % 8 != 0 && size - 1 >= sizeof(struct batch_head))
		repair_head(bytes, size - 1);
	decode_checked((struct slice){bytes, size - 1}, decode((struct slice){bytes, size - 1}));
	free(bytes);
	return 0;
}
