/* The *.yaml files of a folder: each is a job or a dialect of the file's name. */
#include "config/file.h"

#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

struct entry {
	struct slice file_name;
	const struct entry *next;
};

struct listing {
	const char *folder;
	struct arena *arena;
	struct config_problems *problems;
	const struct entry *entries;
	size_t count;
};

static int compare_files(const void *left, const void *right)
{
	const struct config_file *first = left;
	const struct config_file *second = right;
	return slice_compare(slice_from(first->name), slice_from(second->name));
}

/* As they mostly are by the names with '.yaml', if not where one name begins another ('a-b' and 'a'). */
static bool are_sorted(const struct config_file *files, size_t count)
{
	for (size_t index = 1; index < count; index++) {
		if (compare_files(&files[index - 1], &files[index]) > 0)
			return false;
	}
	return true;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *const *first = left;
	const struct entry *const *second = right;
	return slice_compare((*first)->file_name, (*second)->file_name);
}

/* Of whatever case: a file named .YAML was meant to be one. */
static bool has_extension(struct slice file_name, const char *extension)
{
	struct slice wanted = slice_from(extension);
	if (file_name.size <= wanted.size)
		return false;
	return slice_equal_folded(slice_make(file_name.data + file_name.size - wanted.size, wanted.size), wanted);
}

static struct slice without_extension(struct slice file_name)
{
	size_t size = file_name.size;
	while (size > 0 && file_name.data[size - 1] != '.')
		size--;
	return slice_make(file_name.data, size > 0 ? size - 1 : file_name.size);
}

static int collect_entry(struct listing *listing, struct slice file_name, struct error *err)
{
	if (folder_entry_is_ignored(file_name) || (!has_extension(file_name, ".yaml") && !has_extension(file_name, ".yml")))
		return 0;
	if (listing->count == CONFIG_FOLDER_FILES)
		return error_set(err, ERROR_LIMIT, "'%s': more than %d files", listing->folder, CONFIG_FOLDER_FILES);
	struct entry *entry = arena_alloc(listing->arena, sizeof(*entry));
	if (entry == NULL || !arena_copy(listing->arena, file_name, &entry->file_name))
		return error_set_memory(err);
	entry->next = listing->entries;
	listing->entries = entry;
	listing->count++;
	return 0;
}

static int collect_entries(struct listing *listing, DIR *stream, struct error *err)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (entry == NULL && errno != 0)
			return error_set_system(err, errno, "'%s': the folder cannot be read", listing->folder);
		if (entry == NULL)
			return 0;
		if (collect_entry(listing, slice_from(entry->d_name), err) < 0)
			return -1;
	}
}

/* False after noting what is wrong with the name. */
static bool check_file_name(const struct listing *listing, const char *path, struct slice file_name)
{
	struct slice name = without_extension(file_name);
	struct slice extension = slice_make(file_name.data + name.size, file_name.size - name.size);
	if (!slice_equal_text(extension, ".yaml")) {
		config_problem_file(listing->problems, path, "the file is not read; name it '%.*s.yaml'", (int)name.size,
		                    name.data);
		return false;
	}
	if (!config_name_is_valid(name)) {
		config_problem_file(listing->problems, path,
		                    "'%.*s' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'",
		                    (int)name.size, name.data);
		return false;
	}
	return true;
}

/* Entries in order of their names, so that problems come in the same order everywhere. */
static int make_files(const struct listing *listing, const struct entry **sorted, struct config_file *files, size_t *ret_count,
                      struct error *err)
{
	size_t count = 0;
	for (const struct entry *entry = listing->entries; entry != NULL; entry = entry->next)
		sorted[count++] = entry;
	qsort(sorted, count, sizeof(struct entry *), compare_entries);
	*ret_count = 0;
	for (size_t index = 0; index < count; index++) {
		struct slice file_name = sorted[index]->file_name;
		const char *path = path_join(listing->arena, listing->folder, file_name);
		const char *name = arena_text(listing->arena, without_extension(file_name));
		if (path == NULL || name == NULL)
			return error_set_memory(err);
		if (check_file_name(listing, path, file_name))
			files[(*ret_count)++] = (struct config_file){.path = path, .name = name};
	}
	if (!are_sorted(files, *ret_count))
		qsort(files, *ret_count, sizeof(*files), compare_files);
	return 0;
}

static int list_stream(struct listing *listing, DIR *stream, const struct config_file **ret_files, size_t *ret_count,
                       struct error *err)
{
	if (collect_entries(listing, stream, err) < 0)
		return -1;
	const struct entry **sorted = arena_alloc(listing->arena, (listing->count + 1) * sizeof(*sorted));
	struct config_file *files = arena_alloc(listing->arena, (listing->count + 1) * sizeof(*files));
	if (sorted == NULL || files == NULL)
		return error_set_memory(err);
	if (make_files(listing, sorted, files, ret_count, err) < 0)
		return -1;
	*ret_files = files;
	return 0;
}

int config_folder_list(const char *folder, struct arena *arena, const struct config_file **ret_files, size_t *ret_count,
                       struct config_problems *problems, struct error *err)
{
	struct listing listing = {.folder = folder, .arena = arena, .problems = problems};
	DIR *stream = opendir(folder);
	if (stream == NULL && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "'%s': the folder does not exist", folder);
	if (stream == NULL)
		return error_set_system(err, errno, "'%s': the folder cannot be opened", folder);
	int result = list_stream(&listing, stream, ret_files, ret_count, err);
	(void)closedir(stream); /* only read from */
	return result;
}
