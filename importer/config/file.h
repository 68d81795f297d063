/* Files and folders of the configuration, and the paths written in them. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

#include <fcntl.h>

/* Where a file is: its path, relative to an open folder or to the working folder (AT_FDCWD). */
struct file_place {
	int folder_fd;
	const char *path;
};

static inline struct file_place file_place(const char *path)
{
	return (struct file_place){.folder_fd = AT_FDCWD, .path = path};
}

/* As config_read_file(); the messages do not name the file. */
must_use int file_read(struct file_place place, size_t max_bytes, bool is_code, struct arena *arena, struct slice *ret_text,
                       struct error *err);

/* The folder that `file` stands in ('.' where it names none), or NULL without memory. */
must_use char *path_folder(struct arena *arena, const char *file);

/* `path` as seen from where `folder` is seen; an absolute path stays. NULL without memory. */
must_use char *path_join(struct arena *arena, const char *folder, struct slice path);

enum folder_state { FOLDER_MISSING, FOLDER_NO_FOLDER, FOLDER_EMPTY, FOLDER_FILLED };

/* Hidden files and backups ('~') do not count. -1 with ERROR_SYSTEM where it cannot be read. */
must_use int folder_examine(const char *path, enum folder_state *ret_state, struct error *err);

/* Is this entry of a folder left out everywhere: hidden, or an editor's backup? */
bool folder_entry_is_ignored(struct slice name);
