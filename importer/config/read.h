/* One file of the configuration, from its text into a struct config or struct job_config. */
#pragma once

#include "base/arena.h"
#include "config/file.h"
#include "config/option.h"
#include "config/yaml.h"

/* What one reader of files needs; two of them with their own may work at the same time. */
struct config_reader {
	struct arena *arena; /* keeps what is read */
	const char *folder;  /* that of the files, in the arena or longer: paths in them are relative to it */
	enum option_place place;
	struct config_problems *problems;
};

/*
 * Read `text` into `target`, of the type of the reader's place; `file` is its name for messages. What is wrong with it becomes a
 * problem. -1 without memory.
 */
must_use int config_read_text(const struct config_reader *reader, const char *file, struct slice text, void *target,
                              struct error *err);

/*
 * As config_read_text(), of the file at `place`. That it is missing is a problem, unless it `must_exist`. -1 without memory, or
 * where it must exist and does not: ERROR_NOT_FOUND, ERROR_SYSTEM.
 */
must_use int config_read_place(const struct config_reader *reader, const char *file, struct file_place place, bool must_exist,
                               void *target, struct error *err);
