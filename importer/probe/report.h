/*
 * What a probe found out about a feed: figures only. The reader process
 * gathers them and hands them over as one flat text; what they may mean is
 * guessed by who receives them (probe/guess.h).
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "feed/feed.h"
#include "probe/value_type.h"

#define PROBE_FIELDS_MAX 800
#define PROBE_LISTS_MAX 200
#define PROBE_MEMBERS_MAX 64
#define PROBE_REPORT_SAMPLES 3

/* A repeated part of the record that has fields of its own; number 0 is the record itself. */
struct probe_list {
	struct slice path; /* of the record: absolute; else from the list it stands in */
	struct slice full; /* from the record */
	struct slice name; /* its last name, without prefix */
	uint32_t outer;    /* the list it stands in */
	uint64_t count;    /* of it in the feed */
	uint64_t most;     /* of it in one outer one */
	uint64_t owners;   /* outer ones that have it */
};

struct probe_sample {
	struct slice text;
	bool is_cut;
};

struct probe_field {
	struct slice path;       /* in the dialect's language, from the list it stands in */
	struct slice full;       /* from the record */
	struct slice name;       /* the last name, without prefix; numbers as '*' where several are folded */
	struct slice outer_name; /* the name of what it stands in: 'images' of images[*].src */
	uint32_t list;           /* the innermost list it stands in */
	bool is_attribute;
	bool is_own_text; /* the text of its list itself: '.' */
	bool is_direct;   /* stands in its list itself, not in a part of it */
	bool is_repeated; /* several in one owner */
	uint64_t records; /* that have it */
	uint64_t filled;  /* … with a value */
	uint64_t owners;  /* of its list's instances, the same */
	uint64_t owners_filled;
	uint64_t distinct;
	uint64_t repeats; /* occurrences of values that came before */
	bool is_estimate; /* the two before */
	struct value_tally tally;
	char currency[4]; /* the one of its money; "" where none, or several */
	uint32_t sample_count;
	struct probe_sample samples[PROBE_REPORT_SAMPLES];
	uint32_t member_count; /* numbered fields folded into this one: their paths; 0 = none */
	struct slice members[PROBE_MEMBERS_MAX];
};

struct probe_namespace {
	struct slice prefix; /* as paths here write it */
	struct slice uri;
};

#define PROBE_NAMESPACES_MAX 16

struct probe_report {
	enum feed_format format;
	enum feed_encoding_origin encoding_origin;
	bool is_whole;
	uint64_t bytes;
	struct slice encoding;
	struct slice root;           /* XML: the root element's name */
	struct slice root_space;     /* its namespace; empty = none */
	struct slice dialect;        /* recognised; empty = none */
	struct slice dialect_reason; /* why none */
	bool has_records;
	uint64_t oversize;  /* records left out because of a limit */
	uint64_t left_out;  /* occurrences of paths beyond what is kept */
	uint64_t undefined; /* bytes without meaning in the encoding */
	uint64_t faults;    /* places that reading went on behind */
	uint32_t namespace_count;
	struct probe_namespace namespaces[PROBE_NAMESPACES_MAX];
	uint32_t list_count;
	struct probe_list *lists;
	uint32_t field_count;
	struct probe_field *fields;
};

/* As one flat text, appended to `buffer`; ERROR_MEMORY. */
must_use int probe_report_encode(const struct probe_report *report, struct buffer *buffer, struct error *err);

/* From another process: checked. Text is borrowed from `bytes`, lists live in `arena`. ERROR_READER, ERROR_MEMORY. */
must_use int probe_report_decode(struct slice bytes, struct arena *arena, struct probe_report *ret_report, struct error *err);

/* 'UTF-8, declared' and the like: how sure the encoding is. */
const char *probe_encoding_origin(enum feed_encoding_origin origin);
