/*
 * What went wrong: setting, wrapping and naming errors.
 *
 * Text is formatted on the stack, then copied character by character in its
 * printable form; what does not fit is cut between characters.
 */
#include "base/error.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More than a message holds, so that a cut made by vsnprintf never shows. */
#define FORMATTED_SIZE (sizeof(((struct error *)NULL)->message) + 256)

static const char message_cut_mark[] = "...";

struct message {
	char text[sizeof(((struct error *)NULL)->message)];
	size_t size;
	bool full;
};

static void message_append(struct message *message, struct slice text)
{
	const size_t most = sizeof(message->text) - sizeof(message_cut_mark);

	while (text.size > 0 && !message->full) {
		char bytes[UTF8_PRINTABLE_SIZE];
		size_t taken;
		const size_t size = utf8_printable(text, &taken, bytes);

		if (size > most - message->size) {
			message->full = true;
			return;
		}
		memcpy(message->text + message->size, bytes, size);
		message->size += size;
		text = slice_make(text.data + taken, text.size - taken);
	}
}

static void message_append_format(struct message *message, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void message_append_format(struct message *message, const char *format, va_list arguments)
{
	char text[FORMATTED_SIZE];

	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		text[0] = '\0';
	message_append(message, slice_from(text));
}

static void message_finish(struct message *message, struct error *err)
{
	if (message->full) {
		memcpy(message->text + message->size, message_cut_mark, sizeof(message_cut_mark) - 1);
		message->size += sizeof(message_cut_mark) - 1;
	}
	memcpy(err->message, message->text, message->size);
	err->message[message->size] = '\0';
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
	struct message message = {.size = 0};
	va_list arguments;

	va_start(arguments, format);
	message_append_format(&message, format, arguments);
	va_end(arguments);
	*err = (struct error){.code = code, .byte = -1};
	message_finish(&message, err);
	return -1;
}

int error_set_system(struct error *err, int number, const char *format, ...)
{
	const char *description = strerrordesc_np(number);
	struct message message = {.size = 0};
	va_list arguments;

	va_start(arguments, format);
	message_append_format(&message, format, arguments);
	va_end(arguments);
	message_append(&message, slice_from(": "));
	message_append(&message, slice_from(description != NULL ? description : "unknown system error"));
	*err = (struct error){.code = ERROR_SYSTEM, .source = ERROR_FROM_SYSTEM, .number = number, .byte = -1};
	message_finish(&message, err);
	return -1;
}

int error_set_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "out of memory");
}

void error_locate(struct error *err, int64_t line, int64_t column, int64_t byte)
{
	if (line > 0)
		err->line = line;
	if (column > 0)
		err->column = column;
	if (byte > 0)
		err->byte = byte;
}

int error_wrap(struct error *err, const char *format, ...)
{
	struct message message = {.size = 0};
	va_list arguments;

	va_start(arguments, format);
	message_append_format(&message, format, arguments);
	va_end(arguments);
	message_append(&message, slice_from(": "));
	message_append(&message, slice_make(err->message, strlen(err->message)));
	message_finish(&message, err);
	return -1;
}

void error_clear(struct error *err)
{
	*err = (struct error)ERROR_INIT;
}

bool error_is_temporary(const struct error *err)
{
	return err->code == ERROR_NETWORK || err->code == ERROR_STORE_BUSY || err->code == ERROR_TIMEOUT ||
	       err->code == ERROR_TOO_EARLY;
}

const char *error_code_name(enum error_code code)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",
		[ERROR_MEMORY] = "memory",
		[ERROR_SYSTEM] = "system",
		[ERROR_USAGE] = "usage",
		[ERROR_CONFIG] = "config",
		[ERROR_NETWORK] = "network",
		[ERROR_REFUSED] = "refused",
		[ERROR_NOT_FOUND] = "not_found",
		[ERROR_LIMIT] = "limit",
		[ERROR_FEED] = "feed",
		[ERROR_DIALECT] = "dialect",
		[ERROR_READER] = "reader",
		[ERROR_STORE] = "store",
		[ERROR_STORE_BUSY] = "store_busy",
		[ERROR_STORE_FOREIGN] = "store_foreign",
		[ERROR_LEASE] = "lease",
		[ERROR_COUNTS] = "counts",
		[ERROR_GUARD] = "guard",
		[ERROR_KNOWN] = "known",
		[ERROR_SECRET] = "secret",
		[ERROR_VAULT] = "vault",
		[ERROR_SCOPE] = "connection_scope",
		[ERROR_CANCELLED] = "cancelled",
		[ERROR_TIMEOUT] = "timeout",
		[ERROR_NOT_DUE] = "not_due",
		[ERROR_TOO_EARLY] = "too_early",
	};
	const size_t index = (size_t)code;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "unknown";
}

void error_format_place(const struct error *err, char ret_text[ERROR_PLACE_SIZE])
{
	ret_text[0] = '\0';
	if (err->line > 0 && err->column > 0)
		(void)snprintf(ret_text, ERROR_PLACE_SIZE, " (line %lld, column %lld)", (long long)err->line,
		               (long long)err->column);
	else if (err->line > 0)
		(void)snprintf(ret_text, ERROR_PLACE_SIZE, " (line %lld)", (long long)err->line);
	else if (err->byte >= 0)
		(void)snprintf(ret_text, ERROR_PLACE_SIZE, " (byte %lld)", (long long)err->byte);
}
