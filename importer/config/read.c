/* From a file to the struct of its place, by way of YAML and the table of options. */
#include "config/read.h"

#include "base/limits.h"
#include "config/settings.h"

int config_read_text(const struct config_reader *reader, const char *file, struct slice text, void *target, struct error *err)
{
	struct yaml_document document;
	const size_t count_before = reader->problems->count;
	if (yaml_parse(file, text, &document, reader->problems, err) < 0)
		return -1;
	int result = 0;
	if (reader->problems->count == count_before || document.draft != NULL) {
		const struct settings settings = {
			.document = &document,
			.problems = reader->problems,
			.place = reader->place,
			.context = {.arena = reader->arena, .folder = reader->folder},
			.target = target,
		};
		result = settings_read(&settings, err);
	}
	yaml_document_release(&document);
	return result;
}

int config_read_place(const struct config_reader *reader, const char *file, struct file_place place, bool must_exist, void *target,
                      struct error *err)
{
	struct arena arena;
	struct slice text;
	arena_init(&arena, (size_t)2 * LIMIT_YAML_BYTES);
	int result = file_read(place, LIMIT_YAML_BYTES, true, &arena, &text, err);
	const enum error_code code = result < 0 ? err->code : ERROR_NONE;
	if (code == ERROR_NONE) {
		result = config_read_text(reader, file, text, target, err);
	} else if (code == ERROR_CONFIG || code == ERROR_LIMIT || (code != ERROR_MEMORY && !must_exist)) {
		config_problem_file(reader->problems, file, "%s", err->message);
		result = 0;
	} else if (code != ERROR_MEMORY) {
		(void)error_wrap(err, "configuration '%s'", file);
	}
	arena_release(&arena);
	return result;
}
