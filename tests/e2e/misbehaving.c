/*
 * The program with a reader that has been taken over: it enters the cage as
 * the true one does, and then does what a comment in the feed says. Its clock
 * goes thirty times as fast, so that limits in time are reached soon.
 */
#include "base/limits.h"
#include "catalog/batch.h"
#include "cli/program.h"
#include "run/frame.h"
#include "run/reader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CLOCK_SPEED 30
#define BROKEN 9 /* the test is */

static const pid_t other_process = 1;

static void send_frame(enum frame_type type, const void *payload, size_t size)
{
	const struct frame_head head = {.magic = FRAME_MAGIC, .type = type, .size = size};
	struct error err;

	if (frame_write(READER_FRAMES_FD, &head, payload, &err) < 0)
		_exit(BROKEN);
}

/* What a reader has read by the time it is taken over. */
static void send_sku(void)
{
	struct batch_encoder encoder;
	struct statement statement;
	struct error err;

	batch_encoder_init(&encoder);
	statement_init(&statement, ITEM_SKU, STATEMENT_STATED);
	statement.record = 1;
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = SLICE("planted")};
	statement.fields[FIELD_PRODUCT_ID] = statement.fields[FIELD_ID];
	if (batch_add_statement(&encoder, &statement, &err) < 0 || batch_add_record_end(&encoder, 1, true, NULL, &err) < 0)
		_exit(BROKEN);
	const struct slice bytes = batch_encoder_bytes(&encoder);
	send_frame(FRAME_BATCH, bytes.data, bytes.size);
}

static void send_done(void)
{
	const struct frame_done done = {
		.bytes = 1, .records = 1, .mapped = 1, .is_whole = 1, .dialect = "yml", .encoding = "UTF-8"};

	send_frame(FRAME_DONE, &done, sizeof(done));
}

/* --- out of the cage --- */

static void opens_a_file(void)
{
	(void)!open("/etc/passwd", O_RDONLY);
}

static void opens_the_store(void)
{
	(void)!open("market.db", O_RDWR);
}

static void opens_a_socket(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void forks(void)
{
	(void)!fork();
}

static void executes(void)
{
	char name[] = "sh";
	char *const arguments[] = {name, NULL};

	(void)execve("/bin/sh", arguments, arguments + 1);
}

static void kills(void)
{
	(void)kill(other_process, 0);
}

static void writes_to_standard_output(void)
{
	(void)!write(STDOUT_FILENO, "{\"outcome\":\"applied\"}\n", 22);
}

static void takes_all_memory(void)
{
	size_t size = 0;

	for (;;) {
		char *bytes = malloc(1 << 20);
		if (bytes == NULL)
			abort();
		bytes[0] = 1;
		size += (size_t)bytes[0] << 20;
		if (size > 2 * LIMIT_READER_MEMORY_BYTES)
			return;
	}
}

/* --- against the writer --- */

static void sends_rubbish(void)
{
	char rubbish[4096];

	memset(rubbish, 0x7f, sizeof(rubbish));
	send_frame(FRAME_BATCH, rubbish, sizeof(rubbish));
}

static void sends_no_frames(void)
{
	char rubbish[4096];
	const struct iovec part = {.iov_base = rubbish, .iov_len = sizeof(rubbish)};

	memset(rubbish, 'x', sizeof(rubbish));
	for (;;) {
		if (writev(READER_FRAMES_FD, &part, 1) < 0)
			_exit(BROKEN);
	}
}

static void hangs(void)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static void hangs_at_the_end(void)
{
	send_done();
	hangs();
}

static void goes_on_after_the_end(void)
{
	send_done();
	for (;;)
		send_sku();
}

static void floods_with_signs_of_life(void)
{
	for (;;)
		send_frame(FRAME_PROGRESS, NULL, 0);
}

static void enters_twice(void)
{
	const struct cage_report report = {.missing = 0};

	send_frame(FRAME_CAGED, &report, sizeof(report));
}

/* Records from `record` on are known from `index` on. */
static void send_known(uint64_t record, uint32_t index, unsigned count)
{
	struct batch_encoder encoder;
	struct error err;

	batch_encoder_init(&encoder);
	for (unsigned i = 0; i < count; i++)
		if (batch_add_known(&encoder, record + i, record, index + i, &err) < 0)
			_exit(BROKEN);
	const struct slice bytes = batch_encoder_bytes(&encoder);
	send_frame(FRAME_BATCH, bytes.data, bytes.size);
}

static void knows_too_much(void)
{
	send_known(2, 1000000, 1);
}

static void knows_too_many(void)
{
	send_known(2, 0, 1000);
}

static void knows_it_twice(void)
{
	send_known(2, 0, 1);
	send_known(3, 0, 1);
}

static void dies(void)
{
	abort();
}

static void ends_without_a_word(void)
{
	_exit(0);
}

static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
	{"opens_a_file", opens_a_file},
	{"opens_the_store", opens_the_store},
	{"opens_a_socket", opens_a_socket},
	{"forks", forks},
	{"executes", executes},
	{"kills", kills},
	{"writes_to_standard_output", writes_to_standard_output},
	{"takes_all_memory", takes_all_memory},
	{"sends_rubbish", sends_rubbish},
	{"sends_no_frames", sends_no_frames},
	{"hangs", hangs},
	{"hangs_at_the_end", hangs_at_the_end},
	{"goes_on_after_the_end", goes_on_after_the_end},
	{"floods_with_signs_of_life", floods_with_signs_of_life},
	{"enters_twice", enters_twice},
	{"knows_too_much", knows_too_much},
	{"knows_too_many", knows_too_many},
	{"knows_it_twice", knows_it_twice},
	{"dies", dies},
	{"ends_without_a_word", ends_without_a_word},
};

/* The act named in the feed's first comment; where it leads nowhere, the reader ends as if all were well. */
static void act(struct slice feed)
{
	const size_t start = slice_find(feed, slice_from("<!--"));

	if (start == SIZE_MAX)
		_exit(BROKEN);
	const struct slice name = slice_make(feed.data + start + 4, feed.size - start - 4);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		const size_t size = strlen(acts[i].name);
		if (name.size > size && memcmp(name.data, acts[i].name, size) == 0 && name.data[size] == '-') {
			acts[i].act();
			return;
		}
	}
	_exit(BROKEN);
}

static int read_and_misbehave(void)
{
	struct error err = ERROR_INIT;
	char feed[4096];

	if (reader_enter_cage(false, 0, &err) < 0)
		_exit(BROKEN);
	const ssize_t size = read(READER_SPOOL_FD, feed, sizeof(feed));
	if (size < 0)
		_exit(BROKEN);
	const struct slice text = slice_make(feed, (size_t)size);
	if (slice_find(text, slice_from("<yml_catalog")) != SIZE_MAX)
		send_sku();
	act(text);
	send_done();
	_exit(0);
}

static int64_t fast_ms(void *context)
{
	return CLOCK_SPEED * clock_steady_ms(context);
}

int main(int argc, char **argv)
{
	struct clock clock = clock_system();
	const struct clock fast = {.context = &clock, .now_ms = clock.now_ms, .steady_ms = fast_ms};
	const struct program program = {.read = read_and_misbehave, .clock = fast};

	return program_main(&program, argc, argv);
}
