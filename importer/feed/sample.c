/* A throw-away reading of the head that selects the root. */
#include "feed/sample.h"

#include "base/limits.h"

/* The head is not to use up the names of the feed: it may have many that nothing will ask for. */
#define SAMPLE_NAMES_MAX (LIMIT_NAMES / 2)
#define SAMPLE_PIECE ((size_t)4096)

static int select_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	static const struct feed_step any = {.local = NAME_NONE};
	static const struct feed_selector selector = {.steps = &any, .step_count = 1};

	(void)context;
	(void)root;
	(void)err;
	*ret_selection = (struct feed_selection){.selectors = &selector, .selector_count = 1};
	return 0;
}

/* The root has ended within the head: it stays in the builder. */
static int keep_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	(void)context;
	(void)selector;
	(void)record;
	(void)err;
	return 0;
}

static int note_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	bool *is_oversize = context;

	(void)selector;
	(void)stream_offset;
	(void)head;
	(void)text;
	(void)err;
	*is_oversize = true;
	return 0;
}

static int read_head(struct feed_reader *reader, const struct reader_setup *setup, struct error *err)
{
	struct slice rest = setup->head;

	while (rest.size > 0 && setup->recorder->names->count < SAMPLE_NAMES_MAX) {
		const size_t size = rest.size < SAMPLE_PIECE ? rest.size : SAMPLE_PIECE;

		if (reader->push(reader->context, slice_make(rest.data, size), err) < 0)
			return -1;
		rest = slice_make(rest.data + size, rest.size - size);
	}
	return 0;
}

int sample_make(struct sample *sample, reader_new_function *new_reader, const struct reader_setup *setup, struct error *err)
{
	bool is_oversize = false;
	struct feed_summary summary = {.bytes = 0};
	struct error fault = ERROR_INIT;
	struct feed_reader reader;
	struct reader_setup own = *setup;

	*sample = (struct sample){
		.recorder =
			{.names = setup->recorder->names,
	                 .sink = {.context = &is_oversize, .root = select_root, .record = keep_record, .oversize = note_oversize}},
	};
	own.recorder = &sample->recorder;
	own.summary = &summary;
	if (new_reader(&own, &reader, err) < 0)
		return -1;
	if (read_head(&reader, &own, &fault) < 0 && fault.code == ERROR_MEMORY) {
		reader.free(reader.context);
		return error_set_memory(err);
	}
	reader.free(reader.context);
	return is_oversize ? 0 : recorder_sample(&sample->recorder, &sample->record, err);
}

void sample_release(struct sample *sample)
{
	recorder_release(&sample->recorder);
}
