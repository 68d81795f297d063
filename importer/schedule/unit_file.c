/* Units as files, with a signature in their first line. */
#include "schedule/unit_file.h"

#include "base/folder.h"
#include "base/hash.h"
#include "base/replace.h"
#include "schedule/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_DIGITS 32
#define READ_PIECE ((size_t)16 * 1024)
#define FOLDER_RIGHTS 0755 /* what a service may do is no secret */
#define FILE_RIGHTS 0644

static const char signature_before[] = "# Made by 'feedmill systemd' (";
static const char signature_behind[] =
	"), which replaces and removes it while nobody changes it; changes belong in a drop-in: systemctl edit\n";

int unit_file_sign(struct buffer *text)
{
	char digits[HASH_DIGITS + 1];
	const size_t size = strlen(signature_before) + HASH_DIGITS + strlen(signature_behind);
	const size_t body_size = text->size;
	hash_format(hash_bytes(buffer_slice(text), 0), digits);
	if (buffer_extend(text, size) == NULL)
		return -1;
	memmove(text->data + size, text->data, body_size);
	char *end = text->data;
	memcpy(end, signature_before, strlen(signature_before));
	end += strlen(signature_before);
	memcpy(end, digits, HASH_DIGITS);
	memcpy(end + HASH_DIGITS, signature_behind, strlen(signature_behind));
	return 0;
}

static enum unit_file_state judge(struct slice content)
{
	char digits[HASH_DIGITS + 1];
	const size_t before = strlen(signature_before);
	const size_t size = before + HASH_DIGITS + strlen(signature_behind);
	if (!slice_starts_with(content, signature_before))
		return UNIT_FILE_FOREIGN;
	if (content.size < size)
		return UNIT_FILE_CHANGED;
	hash_format(hash_bytes(slice_make(content.data + size, content.size - size), 0), digits);
	return memcmp(content.data + before, digits, HASH_DIGITS) == 0 ? UNIT_FILE_OURS : UNIT_FILE_CHANGED;
}

/* At most as much as a unit may have, and a byte more. */
static int read_all(int fd, struct buffer *content, struct error *err)
{
	while (content->size <= UNIT_BYTES_MAX) {
		const size_t size_before = content->size;
		char *piece = buffer_extend(content, READ_PIECE);
		if (piece == NULL)
			return error_set_memory(err);
		const ssize_t size = read(fd, piece, READ_PIECE);
		content->size = size_before + (size > 0 ? (size_t)size : 0);
		if (size < 0 && errno != EINTR)
			return error_set_system(err, errno, "cannot read");
		if (size == 0)
			return 0;
	}
	return 0;
}

int unit_file_examine(const char *path, enum unit_file_state *ret_state, struct buffer *content, struct error *err)
{
	struct stat status;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	*ret_state = UNIT_FILE_FOREIGN;
	if (fd < 0 && errno == ENOENT)
		*ret_state = UNIT_FILE_MISSING;
	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		return 0;
	if (fd < 0)
		return error_set_system(err, errno, "cannot open '%s'", path);
	int result = fstat(fd, &status) < 0 ? error_set_system(err, errno, "cannot examine '%s'", path) : 0;
	if (result == 0 && S_ISREG(status.st_mode)) {
		result = read_all(fd, content, err);
		if (result < 0)
			(void)error_wrap(err, "'%s'", path);
		else if (content->size <= UNIT_BYTES_MAX)
			*ret_state = judge(buffer_slice(content));
	}
	(void)close(fd); /* opened for reading */
	return result;
}

/* 0 where the file may be replaced or removed. */
static int check(const char *path, enum unit_file_state state, bool is_forced, struct error *err)
{
	if (is_forced || state == UNIT_FILE_MISSING || state == UNIT_FILE_OURS)
		return 0;
	if (state == UNIT_FILE_CHANGED)
		return error_set(err, ERROR_USAGE,
		                 "the file '%s' was changed since feedmill wrote it; say --force, or keep the changes in a drop-in",
		                 path);
	return error_set(err, ERROR_USAGE, "the file '%s' is not feedmill's; say --force to do it all the same", path);
}

/* Those above may be a person's own, such as ~/.config. */
static int make_folders(const char *path, struct error *err)
{
	char folder[PATH_MAX];
	char above[PATH_MAX];
	if (file_path_make(path, NULL, folder, err) < 0 || file_path_make(folder, NULL, above, err) < 0)
		return -1;
	if (folder_make_all(above) < 0)
		return error_set_system(err, errno, "there is no folder '%s', and it cannot be made", above);
	if (mkdir(folder, FOLDER_RIGHTS) == 0) {
		if (chmod(folder, FOLDER_RIGHTS) < 0) /* whatever the umask is */
			return error_set_system(err, errno, "cannot give others the folder '%s' to read", folder);
	} else if (access(folder, F_OK) < 0) {
		return error_set_system(err, errno, "there is no folder '%s', and it cannot be made", folder);
	}
	return 0;
}

/* --- changing --- */

/* What is to become of the file; nothing is done yet. -1 where it is somebody's. */
static int decide(struct unit_file *file, bool is_forced, struct buffer *content, struct error *err)
{
	enum unit_file_state state;
	file->change = UNIT_FILE_KEPT;
	buffer_clear(content);
	if (unit_file_examine(file->path, &state, content, err) < 0)
		return -1;
	const bool is_wanted = file->text.size > 0;
	const bool is_right = is_wanted ? state != UNIT_FILE_FOREIGN && slice_equal(buffer_slice(content), file->text)
	                                : state == UNIT_FILE_MISSING;
	if (is_right)
		return 0;
	file->change = is_wanted ? UNIT_FILE_WRITTEN : UNIT_FILE_REMOVED;
	return check(file->path, state, is_forced, err);
}

static int decide_all(struct unit_file *files, size_t count, bool is_forced, struct error *err)
{
	struct buffer content;
	int result = 0;
	buffer_init(&content, UNIT_BYTES_MAX + 2 * READ_PIECE);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = decide(&files[i], is_forced, &content, err);
	buffer_release(&content);
	return result;
}

/* Others may have drop-ins there too: then it stays. True where it has gone. */
static bool remove_drop_in_folder(const char *path)
{
	static const char drop_in_folder[] = ".d";
	char folder[PATH_MAX];
	struct error ignored = ERROR_INIT;
	if (file_path_make(path, NULL, folder, &ignored) < 0)
		return false;
	const size_t size = strlen(folder);
	return size > strlen(drop_in_folder) && strcmp(folder + size - strlen(drop_in_folder), drop_in_folder) == 0 &&
	       rmdir(folder) == 0;
}

static int write_files(const struct unit_file *files, size_t count, struct error *err)
{
	struct file_replacement *replacements = calloc(count + 1, sizeof(*replacements));
	size_t written = 0;
	int result = 0;
	if (replacements == NULL)
		return error_set_memory(err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		if (files[i].change != UNIT_FILE_WRITTEN)
			continue;
		replacements[written++] = (struct file_replacement){
			.path = files[i].path,
			.bytes = files[i].text,
			.rights = FILE_RIGHTS,
			.user = (uid_t)-1,
			.group = (gid_t)-1,
		};
		result = make_folders(files[i].path, err);
	}
	if (result == 0)
		result = file_replace_all(replacements, written, err);
	for (size_t i = 0; result < 0 && i < written; i++)
		(void)remove_drop_in_folder(replacements[i].path); /* that was made for nothing */
	free(replacements);
	return result;
}

/* Mostly it is one and the same folder, by whose entries the files have gone. */
static int sync_removed(const char *path, bool is_folder_gone, char *last_folder, struct error *err)
{
	char folder[PATH_MAX];
	char above[PATH_MAX];
	if (file_path_make(path, NULL, folder, err) < 0 || file_path_make(folder, NULL, above, err) < 0)
		return -1;
	if (strcmp(is_folder_gone ? above : folder, last_folder) == 0)
		return 0;
	(void)snprintf(last_folder, PATH_MAX, "%s", is_folder_gone ? above : folder); /* fits */
	return file_folder_sync(is_folder_gone ? folder : path, err) < 0 ? error_wrap(err, "'%s'", path) : 0;
}

static int remove_files(const struct unit_file *files, size_t count, struct error *err)
{
	char last_folder[PATH_MAX] = "";
	for (size_t i = 0; i < count; i++) {
		if (files[i].change == UNIT_FILE_REMOVED && unlink(files[i].path) < 0)
			return error_set_system(err, errno, "cannot remove '%s'", files[i].path);
	}
	for (size_t i = 0; i < count; i++) {
		if (files[i].change == UNIT_FILE_REMOVED &&
		    sync_removed(files[i].path, remove_drop_in_folder(files[i].path), last_folder, err) < 0)
			return -1;
	}
	return 0;
}

int unit_files_put(struct unit_file *files, size_t count, bool is_forced, struct error *err)
{
	if (decide_all(files, count, is_forced, err) < 0 || write_files(files, count, err) < 0)
		return -1;
	return remove_files(files, count, err);
}
