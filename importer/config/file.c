/* Reading configuration files. Configuration is code, so whoever may write it must be trusted. */
#include "config/file.h"

#include "base/buffer.h"
#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_PIECE ((size_t)64 * 1024)

static int check_rights(const struct stat *status, struct error *err)
{
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(err, ERROR_CONFIG, "refused: group or others may write the file (mode %04o); use 'chmod go-w'",
		                 (unsigned)(status->st_mode & 07777));
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return error_set(err, ERROR_CONFIG,
		                 "refused: the file belongs to user %u, neither to root nor to user %u who runs this",
		                 (unsigned)status->st_uid, (unsigned)geteuid());
	return 0;
}

static int check_status(int fd, bool is_code, size_t *ret_size, struct error *err)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return error_set_system(err, errno, "the file cannot be examined");
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_CONFIG, "this is not a regular file");
	*ret_size = (size_t)status.st_size;
	return is_code ? check_rights(&status, err) : 0;
}

/* To the end, whatever size the file claims; where no more comes than it claims, that is the end. */
static int read_all(int fd, size_t claimed, size_t max_bytes, struct buffer *buffer, struct error *err)
{
	const size_t piece_size = claimed > 0 && claimed < READ_PIECE ? claimed + 1 : READ_PIECE;
	for (;;) {
		size_t size_before = buffer->size;
		char *piece = buffer_extend(buffer, piece_size);
		if (piece == NULL)
			return error_set_memory(err);
		ssize_t size = read(fd, piece, piece_size);
		buffer->size = size_before + (size > 0 ? (size_t)size : 0);
		if (size < 0 && errno != EINTR)
			return error_set_system(err, errno, "the file cannot be read");
		if (size == 0)
			return 0;
		if (buffer->size > max_bytes)
			return error_set(err, ERROR_LIMIT, "the file is larger than %zu bytes", max_bytes);
		if (size > 0 && (size_t)size < piece_size && buffer->size == claimed)
			return 0;
	}
}

int file_read(struct file_place place, size_t max_bytes, bool is_code, struct arena *arena, struct slice *ret_text,
              struct error *err)
{
	size_t claimed = 0;
	/* Without O_NONBLOCK, a pipe put in place of the file would stop us here. */
	int fd = openat(place.folder_fd, place.path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, ERROR_NOT_FOUND, "the file does not exist");
	if (fd < 0)
		return error_set_system(err, errno, "the file cannot be opened");
	struct buffer buffer;
	buffer_init(&buffer, SIZE_MAX - READ_PIECE);
	int result = check_status(fd, is_code, &claimed, err);
	if (result == 0)
		result = read_all(fd, claimed, max_bytes, &buffer, err);
	if (result == 0 && !arena_copy(arena, buffer_slice(&buffer), ret_text))
		result = error_set_memory(err);
	buffer_release(&buffer);
	(void)close(fd); /* opened for reading: nothing can be lost */
	return result;
}

int config_read_file(const char *path, size_t max_bytes, bool is_code, struct arena *arena, struct slice *ret_text,
                     struct error *err)
{
	if (file_read(file_place(path), max_bytes, is_code, arena, ret_text, err) == 0)
		return 0;
	return err->code == ERROR_MEMORY ? -1 : error_wrap(err, "'%s'", path);
}

const char *config_path(const char *option, const char *environment)
{
	static const char local[] = "./feedmill.yaml";
	static const char shared[] = "/etc/feedmill/feedmill.yaml";
	if (option != NULL)
		return option;
	if (environment != NULL && environment[0] != '\0')
		return environment;
	if (access(local, F_OK) == 0)
		return local;
	return access(shared, F_OK) == 0 ? shared : NULL;
}

char *path_folder(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');
	if (slash == NULL)
		return arena_text(arena, slice_from("."));
	return arena_text(arena, slice_make(file, slash == file ? 1 : (size_t)(slash - file)));
}

char *path_join(struct arena *arena, const char *folder, struct slice path)
{
	size_t folder_size = strlen(folder);
	if (strcmp(folder, ".") == 0 || folder_size == 0 || (path.size > 0 && path.data[0] == '/'))
		return arena_text(arena, path);
	bool has_slash = folder[folder_size - 1] == '/';
	char *joined = arena_alloc(arena, folder_size + (has_slash ? 0 : 1) + path.size + 1);
	if (joined == NULL)
		return NULL;
	memcpy(joined, folder, folder_size);
	if (!has_slash)
		joined[folder_size++] = '/';
	if (path.size > 0)
		memcpy(joined + folder_size, path.data, path.size);
	return joined;
}

bool folder_entry_is_ignored(struct slice name)
{
	return name.size == 0 || name.data[0] == '.' || name.data[name.size - 1] == '~';
}

/* The first entry that counts decides. */
static int examine_entries(DIR *stream, enum folder_state *ret_state, struct error *err)
{
	*ret_state = FOLDER_EMPTY;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (entry == NULL && errno != 0)
			return error_set_system(err, errno, "the folder cannot be read");
		if (entry == NULL)
			return 0;
		if (!folder_entry_is_ignored(slice_from(entry->d_name))) {
			*ret_state = FOLDER_FILLED;
			return 0;
		}
	}
}

int folder_examine(const char *path, enum folder_state *ret_state, struct error *err)
{
	DIR *stream = opendir(path);
	if (stream == NULL && (errno == ENOENT || errno == ENOTDIR)) {
		*ret_state = errno == ENOENT ? FOLDER_MISSING : FOLDER_NO_FOLDER;
		return 0;
	}
	if (stream == NULL)
		return error_set_system(err, errno, "the folder cannot be opened");
	int result = examine_entries(stream, ret_state, err);
	(void)closedir(stream); /* only read from */
	return result;
}
