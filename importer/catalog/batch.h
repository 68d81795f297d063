/*
 * The batch: how statements and complaints cross from the reader process to
 * the writer. One flat, self-contained buffer of entries with offsets and no
 * pointers, in the machine's own byte order (both ends are one binary).
 *
 * The decoder treats a batch as hostile: sizes, offsets, alignment, kinds,
 * field ids, presence, UTF-8 without NUL, JSON and its form, ids (not empty,
 * at most LIMIT_ID_BYTES, no surrounding white space), integer ranges, what
 * an action may have and the order of entries are all checked before a statement is handed out. It never
 * reads outside the buffer.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "catalog/statement.h"

struct batch_encoder {
	struct buffer bytes; /* empty, or a whole batch so far */
	uint32_t entries;
	size_t last_known; /* where the last entry stands if that is one of known records; else 0 */
};

/* Limited to LIMIT_BATCH_BYTES. */
void batch_encoder_init(struct batch_encoder *encoder);
void batch_encoder_release(struct batch_encoder *encoder);
void batch_encoder_clear(struct batch_encoder *encoder);

/*
 * Each returns 0, or -1 with ERROR_LIMIT (nothing of the entry is added) or
 * ERROR_MEMORY (every further add fails too, until clear). Texts are UTF-8.
 * A value without bytes is written as EMPTY; of a rejected statement only a
 * usable id is written; the texts of a complaint are cut to their limits.
 */
must_use int batch_add_statement(struct batch_encoder *encoder, const struct statement *statement, struct error *err);
must_use int batch_add_field(struct batch_encoder *encoder, const struct field_statement *field, struct error *err);
must_use int batch_add_complaint(struct batch_encoder *encoder, const struct complaint *complaint, struct error *err);

/* `fingerprint`: of a record that may be known when it comes again, as far as the record alone decides; else NULL. */
must_use int batch_add_record_end(struct batch_encoder *encoder, uint64_t record, bool is_mapped, const struct hash128 *fingerprint,
                                  struct error *err);

/*
 * A record that was not read: the one at `index` of what is known. It takes no room where record and index go on from the
 * entry before it.
 */
must_use int batch_add_known(struct batch_encoder *encoder, uint64_t record, uint64_t stream_offset, uint32_t index,
                             struct error *err);

/* The whole batch, borrowed until the next add or clear; the empty slice where nothing was added. */
struct slice batch_encoder_bytes(struct batch_encoder *encoder);

enum batch_entry_type { BATCH_STATEMENT, BATCH_COMPLAINT, BATCH_RECORD_END, BATCH_FIELD, BATCH_KNOWN };

/* The records from `record` of the entry on are known as those from `index` on, `count` of each. */
struct batch_known {
	uint32_t index;
	uint32_t count;         /* at least 1; index + count does not overflow */
	uint64_t stream_offset; /* of the first */
};

struct batch_entry {
	enum batch_entry_type type;
	struct statement statement;
	struct complaint complaint;
	struct field_statement field;
	uint64_t record;      /* of every type */
	bool is_mapped;       /* BATCH_RECORD_END */
	bool has_fingerprint; /* BATCH_RECORD_END */
	struct hash128 fingerprint;
	struct batch_known known;
};

struct batch_decoder {
	struct slice bytes;
	size_t offset;
	uint32_t entries_left;
	uint64_t last_end;    /* the last record of BATCH_RECORD_END or BATCH_KNOWN */
	uint64_t open_record; /* the record and stream_offset that the last statement or complaint names */
	uint64_t open_offset;
	bool open_is_past_skus; /* it was no SKU statement, so none may follow for the same record */
	bool is_checked;        /* batch_decoder_init_checked */
};

enum batch_step { BATCH_ENTRY, BATCH_END };

/* Check the head of a batch; `bytes` (8-aligned) must outlive the decoder and the entries. -1 with ERROR_READER. */
must_use int batch_decoder_init(struct batch_decoder *decoder, struct slice bytes, struct error *err);

/*
 * The same for a batch that batch_check found in order and that nobody can have changed since: what its texts contain is
 * not looked at again.
 */
must_use int batch_decoder_init_checked(struct batch_decoder *decoder, struct slice bytes, struct error *err);

/*
 * The next entry, its text borrowed from the batch; only the member of its
 * type is filled in. BATCH_ENTRY or BATCH_END, or -1 with ERROR_READER naming
 * what does not check; then the decoder stays where it is and ret_entry is
 * undefined.
 */
must_use int batch_decoder_next(struct batch_decoder *decoder, struct batch_entry *ret_entry, struct error *err);

/* Decode all of a batch, without anybody to take it. -1 with ERROR_READER. May be called by any thread. */
must_use int batch_check(struct slice bytes, struct error *err);
