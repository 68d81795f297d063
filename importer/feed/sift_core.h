/*
 * What the sift's scanners have in common: a window on the feed, of which they
 * say byte by byte what is passed and what is left out.
 *
 * A window is the piece at hand, or what was held back with the start of a
 * piece behind it. Places are offsets in it. Up to `settled` is decided; what
 * lies behind it when a scan returns is held back and comes again, at offset 0.
 */
#pragma once

#include "base/buffer.h"
#include "feed/encoding_tables.h"
#include "feed/sift.h"
#include "feed/sift_path.h"

/* One for each format. */
struct sift_scanner_type {
	/* Look at the window from sift->at on, until it ends or the sift is blind. */
	int (*scan)(struct sift *sift, void *scanner, struct error *err);
	/* The feed ends with the window, all of which was scanned; NULL = nothing can be settled by that. */
	int (*finish)(struct sift *sift, void *scanner, struct error *err);
	/* The window's first `size` bytes go: all places of the scanner's own are that much lower. */
	void (*shift)(void *scanner, size_t size);
	void (*free)(void *scanner);
};

/* NULL without memory. */
void *sift_xml_new(const struct sift_scanner_type **ret_type);
void *sift_json_new(bool is_lines, const struct sift_scanner_type **ret_type);

/* For csv, see csv_layout_find(). -1: memory. */
must_use int sift_csv_new(const struct sift_options *options, void **ret_scanner, const struct sift_scanner_type **ret_type,
                          struct error *err);

struct sift {
	struct sift_options options;
	struct sift_sink sink;
	const struct sift_scanner_type *type;
	void *scanner;
	struct sift_path path;
	enum sift_blindness blindness;
	struct sift_counts counts;
	struct hash128 context; /* the caller's */
	struct hash128 scope;   /* the scanner's */
	uint64_t encoding_hash;
	char undefined
		[ENCODING_HIGH_BYTES]; /* bytes that have no meaning in the encoding; the first again where it has one or two */
	size_t undefined_count;
	bool is_dirty; /* something outside of records has been settled, but not passed: the context may change yet */
	/* The seed of records with these selectors at this depth; none is kept where it may be another one by now. */
	bool has_seed;
	uint64_t seed_selectors;
	size_t seed_depth;
	uint64_t seed;
	struct buffer held;
	const char *data; /* the window */
	size_t size;
	uint64_t offset; /* of it, raw */
	size_t at;       /* scanned up to here */
	size_t passed;   /* or left out */
	size_t settled;  /* to be passed up to here; not below `passed` */
};

static inline bool sift_is_blind(const struct sift *sift)
{
	return sift->blindness != SIFT_SEES;
}

/* From now on all is passed. Returns 0. */
int sift_go_blind(struct sift *sift, enum sift_blindness blindness);

/* What lies before `to` is to be passed. */
static inline void sift_keep(struct sift *sift, size_t to)
{
	sift->settled = to;
}

/* What lies before `from` is passed, what lies between `from` and `to` is not. */
must_use int sift_drop(struct sift *sift, size_t from, size_t to, struct error *err);

/* Pass what is settled. */
must_use int sift_flush(struct sift *sift, struct error *err);

/* What is in scope for records changes: namespaces, columns. */
void sift_set_scope(struct sift *sift, struct hash128 scope);

/* Pass what is settled, the root among it, and ask what is wanted. Goes blind where nobody knows. */
must_use int sift_ask_selection(struct sift *sift, struct error *err);

/* A record in the window, of which nothing is settled; nor is, on return. `ret_drop`: it is known and may be left out. */
must_use int sift_tell_record(struct sift *sift, const struct sift_match *match, size_t start, size_t end, bool *ret_drop,
                              struct error *err);

/* A record that cannot be left out begins at `start`. */
must_use int sift_tell_other_record(struct sift *sift, size_t start, struct error *err);
