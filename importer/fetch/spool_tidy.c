/* The spool's housekeeping: whose is a file, who uses it, and does it go? */
#include "fetch/spool_tidy.h"

#include "fetch/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHA256_DIGITS 64
#define STORE_DIGITS 16
#define CLAIM_FORMAT "%.64s.%016llx.kept"
#define CLAIM_SUFFIX ".kept"
#define NAME_BYTES 128

struct tidying {
	const struct spool_keeper *keeper;
	int folder; /* descriptor */
	int64_t now_ms;
	struct spool_tally *tally;
};

static void claim_name(char ret_name[NAME_BYTES], const char *sha256, uint64_t store_number)
{
	(void)snprintf(ret_name, NAME_BYTES, CLAIM_FORMAT, sha256, (unsigned long long)store_number); /* 86 bytes */
}

static void feed_name(char ret_name[NAME_BYTES], const char *sha256)
{
	(void)snprintf(ret_name, NAME_BYTES, "%.64s" SPOOL_FEED_SUFFIX, sha256); /* 69 bytes */
}

/* ---- Claims ---- */

static bool is_same_file(int folder, const char *left, const char *right)
{
	struct stat first;
	struct stat second;
	return fstatat(folder, left, &first, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(folder, right, &second, AT_SYMLINK_NOFOLLOW) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

static bool has_no_links(int number)
{
	return number == EPERM || number == EOPNOTSUPP || number == ENOSYS || number == EMLINK;
}

int spool_claim(const char *folder, const char *sha256, uint64_t store_number, struct error *err)
{
	char feed[NAME_BYTES];
	char claim[NAME_BYTES];
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "cannot open the spool folder '%s'", folder);
	feed_name(feed, sha256);
	claim_name(claim, sha256, store_number);
	int failure = linkat(fd, feed, fd, claim, 0) != 0 ? errno : 0;
	if (failure == EEXIST && is_same_file(fd, feed, claim))
		failure = 0;
	if (failure == EEXIST) /* of a file that was replaced since */
		failure = unlinkat(fd, claim, 0) != 0 || linkat(fd, feed, fd, claim, 0) != 0 ? errno : 0;
	(void)close(fd); /* was only read */
	if (failure == 0 || has_no_links(failure))
		return 0;
	return error_set_system(err, failure, "cannot keep the feed '%s' in the spool folder '%s'", feed, folder);
}

/* ---- Names ---- */

static bool is_hexadecimal(const char *text, size_t size)
{
	return strspn(text, "0123456789abcdef") >= size;
}

static bool is_feed(const char *name)
{
	return is_hexadecimal(name, SHA256_DIGITS) && strcmp(name + SHA256_DIGITS, SPOOL_FEED_SUFFIX) == 0;
}

static bool is_claim(const char *name)
{
	return is_hexadecimal(name, SHA256_DIGITS) && name[SHA256_DIGITS] == '.' &&
	       is_hexadecimal(name + SHA256_DIGITS + 1, STORE_DIGITS) &&
	       strcmp(name + SHA256_DIGITS + 1 + STORE_DIGITS, CLAIM_SUFFIX) == 0;
}

/* What is written as itself only: neither '+1' nor ' 1' nor '01'. */
static bool parse_plan(const char *name, uint64_t *ret_store_number, int64_t *ret_run_id)
{
	static const char prefix[] = "plan-";
	char again[NAME_BYTES];
	char *end;
	if (strncmp(name, prefix, strlen(prefix)) != 0 || !is_hexadecimal(name + strlen(prefix), STORE_DIGITS))
		return false;
	const unsigned long long store_number = strtoull(name + strlen(prefix), &end, 16);
	if (*end != '-')
		return false;
	const long long run_id = strtoll(end + 1, NULL, 10);
	(void)snprintf(again, sizeof(again), SPOOL_PLAN_FORMAT, store_number, run_id);
	*ret_store_number = store_number;
	*ret_run_id = run_id;
	return run_id > 0 && strcmp(name, again) == 0;
}

/* ---- One file ---- */

static bool is_older(const struct tidying *tidying, const struct stat *status, int64_t age_ms)
{
	return tidying->now_ms / 1000 - (int64_t)status->st_mtime > age_ms / 1000;
}

/* The store keeps it: it is not forgotten, whoever asks. */
static void touch(const struct tidying *tidying, int fd, const struct stat *status)
{
	const struct timespec now = {.tv_sec = tidying->now_ms / 1000};
	const struct timespec times[2] = {now, now};
	if (is_older(tidying, status, SPOOL_STRAY_MS))
		(void)futimens(fd, times); /* the next time will do */
}

/* Nobody else has it, by its lock. 1 = it was removed. */
static int let_go(const struct tidying *tidying, const char *name, int fd, struct stat *status)
{
	char claim[NAME_BYTES];
	claim_name(claim, name, tidying->keeper->store_number);
	const bool was_ours = unlinkat(tidying->folder, claim, 0) == 0;
	if (fstat(fd, status) != 0)
		return 0;
	const bool is_alone = status->st_nlink <= 1;
	const bool goes = is_alone ? was_ours || is_older(tidying, status, SPOOL_STRAY_MS)
	                           : is_older(tidying, status, SPOOL_FOREIGN_MS);
	return goes && unlinkat(tidying->folder, name, 0) == 0;
}

/* 1 = removed, 0 = it stays. */
static int judge_feed(const struct tidying *tidying, const char *name, int fd, struct stat *status, struct error *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return 0;
	/* Asked under the lock: who lets go of it has said before what it keeps. */
	const int is_kept = tidying->keeper->keeps_feed(tidying->keeper->context, slice_make(name, SHA256_DIGITS), err);
	if (is_kept > 0)
		touch(tidying, fd, status);
	return is_kept != 0 ? (is_kept < 0 ? -1 : 0) : let_go(tidying, name, fd, status);
}

static int tidy_feed(const struct tidying *tidying, const char *name, struct error *err)
{
	struct stat status;
	const int fd = openat(tidying->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return 0; /* not ours to read, or just gone */
	int result = 0;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		result = judge_feed(tidying, name, fd, &status, err);
		if (result == 0) {
			tidying->tally->feeds_left++;
			tidying->tally->feed_bytes_left += (int64_t)status.st_size;
		} else if (result > 0) {
			tidying->tally->feeds_removed++;
			tidying->tally->feed_bytes_removed += (int64_t)status.st_size;
		}
	}
	(void)close(fd); /* nothing was written through it */
	return result < 0 ? -1 : 0;
}

/* A claim on what is gone only takes room. */
static void tidy_claim(const struct tidying *tidying, const char *name)
{
	char feed[NAME_BYTES];
	struct stat status;
	feed_name(feed, name);
	if (fstatat(tidying->folder, feed, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		(void)unlinkat(tidying->folder, name, 0); /* the next time tries again */
}

static int tidy_plan(const struct tidying *tidying, const char *name, uint64_t store_number, int64_t run_id, struct error *err)
{
	struct stat status;
	int is_kept;
	if (fstatat(tidying->folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
		return 0;
	if (store_number == tidying->keeper->store_number)
		is_kept = tidying->keeper->keeps_plan(tidying->keeper->context, run_id, err);
	else
		is_kept = !is_older(tidying, &status, SPOOL_FOREIGN_MS);
	if (is_kept == 0 && unlinkat(tidying->folder, name, 0) == 0)
		tidying->tally->plans_removed++;
	return is_kept < 0 ? -1 : 0;
}

static int tidy_entry(const struct tidying *tidying, const char *name, struct error *err)
{
	uint64_t store_number;
	int64_t run_id;
	if (is_feed(name))
		return tidy_feed(tidying, name, err);
	if (is_claim(name))
		tidy_claim(tidying, name);
	else if (parse_plan(name, &store_number, &run_id))
		return tidy_plan(tidying, name, store_number, run_id, err);
	return 0;
}

int spool_tidy(const char *folder, const struct spool_keeper *keeper, int64_t now_ms, struct spool_tally *ret_tally,
               struct error *err)
{
	*ret_tally = (struct spool_tally){.feeds_left = 0};
	DIR *directory = opendir(folder);
	if (directory == NULL)
		return errno == ENOENT ? 0 : error_set_system(err, errno, "cannot read the spool folder '%s'", folder);
	const struct tidying tidying = {.keeper = keeper, .folder = dirfd(directory), .now_ms = now_ms, .tally = ret_tally};
	int result = 0;
	spool_remove_stale(folder, now_ms);
	for (const struct dirent *entry = readdir(directory); entry != NULL && result == 0; entry = readdir(directory))
		result = tidy_entry(&tidying, entry->d_name, err);
	(void)closedir(directory); /* was only read */
	return result;
}
