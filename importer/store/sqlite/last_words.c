/* Words of runs that had to go: rows of one size behind the queue's counter. */
#include "store/sqlite/last_words.h"

#include "store/sqlite/turn.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 1000                        /* further ones are not left: the ledger has those runs as interrupted */
#define WORDS_MAGIC INT64_C(0x7364726f777474) /* the file is ours alone, but may be of another version */

struct last_words {
	int64_t magic;
	int64_t run_id;
	int64_t job_key;
	int64_t lease_token;
	int64_t finished_at_ms;
	int64_t retry_at_ms; /* 0 = none */
	char outcome[24];
	char error_json[960];
};

/* How a run ends that has nothing else to say. */
static bool is_outcome(const char *outcome)
{
	return strcmp(outcome, "cancelled") == 0 || strcmp(outcome, "failed") == 0;
}

bool last_words_leave(struct store *store, const struct run_ticket *ticket, const struct run_end *end, struct slice error_json)
{
	struct last_words words = {
		.magic = WORDS_MAGIC,
		.run_id = ticket->run_id,
		.job_key = ticket->job_key,
		.lease_token = ticket->lease_token,
		.finished_at_ms = end->finished_at_ms,
		.retry_at_ms = end->retry_at_ms,
	};
	struct stat status;

	if (!is_outcome(end->outcome) || !turn_file_lock(store))
		return false;
	(void)memcpy(words.outcome, end->outcome, strlen(end->outcome));
	if (error_json.size > 0 && error_json.size < sizeof(words.error_json))
		(void)memcpy(words.error_json, error_json.data, error_json.size);
	bool is_left = false;
	if (fstat(store->queue_fd, &status) == 0) {
		/* Half a row, of one who was killed over it, is written over. */
		const int64_t behind = status.st_size > TURN_CONTENT_BYTES ? (int64_t)status.st_size - TURN_CONTENT_BYTES : 0;
		const int64_t count = behind / (int64_t)sizeof(words);
		const off_t place = (off_t)(TURN_CONTENT_BYTES + count * (int64_t)sizeof(words));

		is_left = count < WORDS_MAX && pwrite(store->queue_fd, &words, sizeof(words), place) == (ssize_t)sizeof(words);
	}
	turn_file_unlock(store);
	return is_left;
}

static int write_row(struct store *store, const struct last_words *words, struct error *err)
{
	const struct run_ticket ticket = {.run_id = words->run_id, .job_key = words->job_key, .lease_token = words->lease_token};
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store,
	                   "UPDATE run SET outcome = ?2, finished_at_ms = ?3, error = ?4, retry_at_ms = ?5"
	                   " WHERE run_id = ?1 AND outcome = 'running'",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, words->run_id);
	sqlite_bind_text(statement, 2, words->outcome);
	(void)sqlite3_bind_int64(statement, 3, words->finished_at_ms);
	sqlite_bind_text(statement, 4, words->error_json[0] != '\0' ? words->error_json : NULL);
	if (words->retry_at_ms > 0)
		(void)sqlite3_bind_int64(statement, 5, words->retry_at_ms);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result < 0 ? -1 : lease_release(store, &ticket, err);
}

static bool is_good(const struct last_words *words)
{
	return words->magic == WORDS_MAGIC && memchr(words->outcome, '\0', sizeof(words->outcome)) != NULL &&
	       memchr(words->error_json, '\0', sizeof(words->error_json)) != NULL && is_outcome(words->outcome);
}

int last_words_write(struct store *store, int64_t *ret_bytes, struct error *err)
{
	struct last_words words;
	int64_t place = TURN_CONTENT_BYTES;
	int result = 0;

	*ret_bytes = 0;
	if (!turn_file_lock(store))
		return 0;
	while (result == 0 && pread(store->queue_fd, &words, sizeof(words), (off_t)place) == (ssize_t)sizeof(words)) {
		if (is_good(&words))
			result = write_row(store, &words, err);
		place += (int64_t)sizeof(words);
	}
	turn_file_unlock(store);
	*ret_bytes = place;
	return result;
}

void last_words_drop(struct store *store, int64_t bytes)
{
	struct stat status;

	if (bytes <= TURN_CONTENT_BYTES || !turn_file_lock(store))
		return;
	if (fstat(store->queue_fd, &status) == 0 && (int64_t)status.st_size - bytes < (int64_t)sizeof(struct last_words))
		(void)!ftruncate(store->queue_fd, TURN_CONTENT_BYTES); /* else they are written again, which changes nothing */
	turn_file_unlock(store);
}
