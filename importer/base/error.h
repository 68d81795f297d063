/*
 * What went wrong, for the one who can do something about it.
 *
 * One struct, the last argument of every fallible function that can fail in
 * more than one way. Set once where the failure is born, wrapped on the way
 * up. Setting and wrapping never allocate. Messages: lower case, no full
 * stop, the thing that failed in single quotes, control characters escaped.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

enum error_code {
	ERROR_NONE,
	ERROR_MEMORY,        /* an allocation failed */
	ERROR_SYSTEM,        /* a system call failed; number is errno */
	ERROR_USAGE,         /* the command line is wrong */
	ERROR_CONFIG,        /* configuration or dialect is wrong */
	ERROR_NETWORK,       /* worth a retry: time-out, reset, 5xx, 429, name not resolved */
	ERROR_REFUSED,       /* not worth a retry: 4xx, certificate, address or redirect not allowed */
	ERROR_NOT_FOUND,     /* a file, job, run or item that is named does not exist */
	ERROR_LIMIT,         /* one of our limits was reached */
	ERROR_FEED,          /* the feed is malformed, cut short, or no feed at all */
	ERROR_DIALECT,       /* no dialect recognises the feed */
	ERROR_READER,        /* the reader process died, hung, or sent a batch that does not check */
	ERROR_STORE,         /* the store failed: full disk, read-only, corrupt */
	ERROR_STORE_BUSY,    /* another process holds the store's write lock: worth a retry */
	ERROR_STORE_FOREIGN, /* not a feedmill store, or one of a newer version */
	ERROR_LEASE,         /* another run of this job is going on */
	ERROR_COUNTS,        /* the run's numbers do not add up */
	ERROR_KNOWN,         /* what was taken for known is not: read the feed in full */
	ERROR_GUARD,         /* a guard says that this plan must not be applied */
	ERROR_SECRET,        /* a secret that is referred to cannot be had: rights, its command, the vault's key */
	ERROR_VAULT,         /* the vault is altered, cut short, or no vault */
	ERROR_SCOPE,         /* a URL outside of where a connection may be used */
	ERROR_CANCELLED,     /* a signal asked us to stop; number is the signal */
	ERROR_TIMEOUT,       /* the run took longer than its job allows: worth a retry */
	ERROR_NOT_DUE,       /* a scheduled run whose instant has been dealt with: there is nothing to do */
	ERROR_TOO_EARLY,     /* another attempt that is to wait: worth a retry */
};

/* Whose number `number` is. */
enum error_source {
	ERROR_FROM_US,
	ERROR_FROM_SYSTEM,
	ERROR_FROM_CURL,
	ERROR_FROM_XML,
	ERROR_FROM_YAML,
	ERROR_FROM_SQLITE,
	ERROR_FROM_TLS
};

struct error {
	enum error_code code;
	enum error_source source;
	long number;
	int64_t line;   /* from 1; 0 = unknown */
	int64_t column; /* from 1, in characters; 0 = unknown */
	int64_t byte;   /* from 0; -1 = unknown */
	char message[768];
};

/* clang-format off */
#define ERROR_INIT {.code = ERROR_NONE, .byte = -1}
/* clang-format on */

/* Overwrite `err` and return -1, so that `return error_set(…)` reads well. */
int error_set(struct error *err, enum error_code code, const char *format, ...) __attribute__((cold, format(printf, 3, 4)));

/* As error_set with ERROR_SYSTEM (ERROR_LIMIT for ENOSPC stays SYSTEM) and ': strerror(number)' behind the message. */
int error_set_system(struct error *err, int number, const char *format, ...) __attribute__((cold, format(printf, 3, 4)));

/* ERROR_MEMORY with a fixed text; returns -1. */
int error_set_memory(struct error *err) __attribute__((cold));

/* Note the position of the fault; negative or zero values leave the field as it is. */
void error_locate(struct error *err, int64_t line, int64_t column, int64_t byte);

/* Put 'context: ' before the message; returns -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));

/* Forget the failure. */
void error_clear(struct error *err);

/* Would the same call be worth another try later (exit status 75)? */
bool error_is_temporary(const struct error *err);

/* The stable lower-case word of a code ('network', 'store_busy'), for --json and the ledger. */
const char *error_code_name(enum error_code code);

#define ERROR_PLACE_SIZE 80

/* ' (line 3, column 5)', ' (line 3)' or ' (byte 7)', as far as it is known; else ''. */
void error_format_place(const struct error *err, char ret_text[ERROR_PLACE_SIZE]);
