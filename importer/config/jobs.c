/*
 * Reading the files of jobs.
 *
 * A file is parsed without a look at any other, so each reader takes a part of
 * the list, with an arena and problems of its own; what they have made is put
 * together in the order of the list.
 */
#include "config/jobs.h"

#include "config/problems.h"
#include "config/read.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define READERS_MAX 4         /* each one leaves behind a heap of its own, which malloc keeps */
#define READER_FILES_MIN 1000 /* fewer are read before a thread has begun */

/* 'feedmill run URL' runs under this name. */
static const char reserved_name[] = "adhoc";

/* What all readers look at, and none changes. */
struct folder {
	const struct config_file *files;
	size_t count;
	const char *path; /* as paths in the files are relative to it */
	int fd;
	struct job_config template; /* what a job has before its file says anything */
};

/* One reader's part. */
struct part {
	const struct folder *folder;
	size_t begin;
	size_t end;
	struct job_config *jobs; /* of all parts, by the number of the file */
	struct arena arena;
	struct config_problems problems;
	struct error err;
	int result;
	bool has_thread;
	pthread_t thread;
};

static struct job_config template_of(const struct config *config)
{
	struct job_config job;
	job_config_init(&job, NULL);
	job.guards = config->guards;
	job.keep = config->keep;
	job.schedule.on_failure = config->on_failure;
	job.schedule.on_failure_count = config->on_failure_count;
	return job;
}

static void begin_job(const struct job_config *template, const struct config_file *file, struct job_config *job,
                      struct config_problems *problems)
{
	*job = *template;
	job->name = file->name;
	job->file = file->path;
	if (slice_equal_text(slice_from(file->name), reserved_name))
		config_problem_file(problems, file->path, "'%s' is the name of runs without a job; give the file another name",
		                    reserved_name);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

static int read_job(struct part *part, const struct config_file *file, struct job_config *job)
{
	const struct config_reader reader = {
		.arena = &part->arena,
		.folder = part->folder->path,
		.place = OPTION_PLACE_JOB,
		.problems = &part->problems,
	};
	const struct file_place place = {.folder_fd = part->folder->fd, .path = last_part(file->path)};
	begin_job(&part->folder->template, file, job, &part->problems);
	if (config_read_place(&reader, file->path, place, false, job, &part->err) < 0)
		return -1;
	job_config_resolve(job);
	return 0;
}

static void *read_part(void *context)
{
	struct part *part = context;
	for (size_t index = part->begin; part->result == 0 && index < part->end; index++)
		part->result = read_job(part, &part->folder->files[index], &part->jobs[index]);
	return NULL;
}

/* One for each processor that we may use, where there is enough to read. */
static size_t count_readers(size_t files)
{
	cpu_set_t processors;
	size_t readers = sched_getaffinity(0, sizeof(processors), &processors) == 0 ? (size_t)CPU_COUNT(&processors) : 1;
	if (readers > READERS_MAX)
		readers = READERS_MAX;
	if (readers > files / READER_FILES_MIN)
		readers = files / READER_FILES_MIN;
	return readers > 0 ? readers : 1;
}

/* The last part is read by who calls, and so is every part whose thread cannot be had. */
static void run_parts(struct part *parts, size_t count)
{
	for (size_t index = 0; index + 1 < count; index++)
		parts[index].has_thread = pthread_create(&parts[index].thread, NULL, read_part, &parts[index]) == 0;
	for (size_t index = count; index-- > 0;) {
		if (!parts[index].has_thread)
			(void)read_part(&parts[index]);
	}
	for (size_t index = 0; index < count; index++) {
		if (parts[index].has_thread)
			(void)pthread_join(parts[index].thread, NULL); /* fails for no thread of ours */
	}
}

/* What a part has made becomes the configuration's, also where it has failed: all is released together. */
static int take_part(struct config *config, struct part *part, struct config_problems *problems, struct error *err)
{
	const bool fits = arena_adopt(&config->arena, &part->arena);
	config_problems_append(problems, &part->problems);
	if (part->result < 0)
		*err = part->err;
	else if (!fits)
		return error_set_memory(err);
	return part->result;
}

static int read_folder(struct config *config, const struct folder *folder, struct config_problems *problems, struct error *err)
{
	struct part parts[READERS_MAX];
	const size_t count = count_readers(folder->count);
	int result = 0;
	config->jobs = arena_alloc(&config->arena, (folder->count + 1) * sizeof(*config->jobs));
	if (config->jobs == NULL)
		return error_set_memory(err);
	for (size_t index = 0; index < count; index++) {
		struct part *part = &parts[index];
		*part = (struct part){
			.folder = folder,
			.begin = folder->count * index / count,
			.end = folder->count * (index + 1) / count,
			.jobs = config->jobs,
			.err = ERROR_INIT,
		};
		arena_init(&part->arena, config->arena.max - config->arena.used);
		config_problems_init(&part->problems);
		part->problems.hides_lines = problems->hides_lines;
	}
	run_parts(parts, count);
	for (size_t index = 0; index < count; index++) {
		struct error *first = result == 0 ? err : &(struct error)ERROR_INIT;
		if (take_part(config, &parts[index], problems, first) < 0)
			result = -1;
	}
	config->job_count = result == 0 ? folder->count : 0;
	return result;
}

static int open_folder(struct config *config, struct folder *folder, struct config_problems *problems, struct error *err)
{
	if (config_folder_list(config->jobs_folder, &config->arena, &folder->files, &folder->count, problems, err) < 0)
		return -1;
	folder->path = path_folder(&config->arena, folder->count > 0 ? folder->files[0].path : config->jobs_folder);
	if (folder->path == NULL)
		return error_set_memory(err);
	folder->fd = open(config->jobs_folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0)
		return error_set_system(err, errno, "'%s': the folder cannot be opened", config->jobs_folder);
	return 0;
}

int config_jobs_read(struct config *config, struct config_problems *problems, struct error *err)
{
	struct folder folder = {.template = template_of(config)};
	if (config->jobs_folder == NULL)
		return 0;
	if (open_folder(config, &folder, problems, err) < 0) {
		if (err->code == ERROR_MEMORY)
			return -1;
		config_problem_file(problems, config->file, "%s", err->message);
		return 0;
	}
	const int result = read_folder(config, &folder, problems, err);
	(void)close(folder.fd); /* nothing was written */
	return result;
}

int config_job_check_text(struct config *config, const struct config_file *file, struct slice text,
                          struct config_problems *problems, struct error *err)
{
	const struct job_config template = template_of(config);
	const char *folder = path_folder(&config->arena, file->path);
	const struct config_reader reader = {
		.arena = &config->arena,
		.folder = folder,
		.place = OPTION_PLACE_JOB,
		.problems = problems,
	};
	struct job_config job;
	if (folder == NULL)
		return error_set_memory(err);
	begin_job(&template, file, &job, problems);
	return config_read_text(&reader, file->path, text, &job, err);
}
