/*
 * Every limit on what comes from outside, with its unit and reason.
 * Reaching one is an error or a complaint that names it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Fetching (security notes §6.3) */
#define LIMIT_WIRE_BYTES (INT64_C(1) << 30) /* feed bytes as received, unless a job says more; Google takes 4 GiB */
#define LIMIT_HEADER_BYTES (256 * 1024)     /* all response headers of one answer */
#define LIMIT_REDIRECTS 10
#define LIMIT_URL_BYTES 8192
#define LIMIT_CONNECT_TIMEOUT_MS 15000
#define LIMIT_IDLE_TIMEOUT_MS 60000              /* under 1 kB/s for this long */
#define LIMIT_FETCH_TIMEOUT_MS (2 * 3600 * 1000) /* one fetch, all told */
#define LIMIT_RETRY_AFTER_MS INT64_C(86400000)   /* what a server may ask us to wait: a day */

/* Reading */
#define LIMIT_READ_PIECE (64 * 1024)             /* bytes handed to the parser at a time */
#define LIMIT_DEPTH 64                           /* elements, arrays and objects in one another; feeds seen reach 12 */
#define LIMIT_NAME_BYTES 256                     /* of an element, attribute, member or column */
#define LIMIT_XML_ATTRIBUTES 256                 /* per element; libxml2 2.9 is quadratic in them */
#define LIMIT_XML_NAMESPACES 64                  /* declared on one element */
#define LIMIT_XML_SILENT_BYTES (1024 * 1024)     /* fed without one event: a token too long (a tag, a CDATA section) */
#define LIMIT_JSON_TOKEN_BYTES (8 * 1024 * 1024) /* a string or number as written; yajl holds one that pieces cut whole */
#define LIMIT_JSON_LINE_BYTES (8 * 1024 * 1024)  /* a first line held back to see whether a second one makes it JSON Lines */
#define LIMIT_FIELD_BYTES (1024 * 1024)          /* one text or attribute value */
#define LIMIT_RECORD_BYTES (8 * 1024 * 1024)     /* one record with all its text */
#define LIMIT_RECORD_NODES 65536                 /* elements or values in one record */
#define LIMIT_NAMES 10000                        /* distinct names in a feed */
#define LIMIT_KNOWN_NAMES (LIMIT_NAMES / 4)      /* … in one whose records may be left out because they are known */
#define LIMIT_RECORDS INT64_C(20000000)          /* in one feed */
#define LIMIT_XML_PARAMETER_ENTITIES 100         /* declared in one document */

/* Items */
#define LIMIT_ID_BYTES 512    /* an id; Yandex allows 80 characters, Google 50 */
#define LIMIT_LIST_ITEMS 1000 /* images, attributes, tags of one item */
#define LIMIT_CATEGORY_DEPTH 32
#define LIMIT_CATEGORIES_PER_ITEM 100
#define LIMIT_CUSTOM_FIELDS 10000 /* different ones that the items of a feed have */

/* Between reader and writer */
#define LIMIT_BATCH_BYTES (16 * 1024 * 1024) /* one batch; at least one record with its statements */
#define LIMIT_BATCH_TARGET (256 * 1024)      /* a batch is sent when it has grown to this */
#define LIMIT_INTAKE_BYTES (4 * 1024 * 1024) /* batches that are checked and wait for the writer, or one that is larger */
#define LIMIT_QUEUE_BYTES (32 * 1024 * 1024) /* batches held back in memory before the write lock is taken */
#define LIMIT_READING_REST_MS 6000           /* what a reader may still need, as it looks, when it is taken then */
#define LIMIT_BEGIN_BYTES (4 * 1024 * 1024)  /* held back where it is taken earlier … */
#define LIMIT_BEGIN_REST_MS 1000             /* … as the reader has all but finished */
#define LIMIT_SPILL_BYTES (INT64_C(8) << 30) /* batches of a slow reader held back on disk */
#define LIMIT_LOCKED_SILENCE_MS 10000        /* waiting for batches, in all, while the write lock is held */
#define LIMIT_FILL_BYTES (1024 * 1024)       /* the same where the store has no items yet, and nobody needs it */
#define LIMIT_FILL_REST_MS 60000
#define LIMIT_FILL_SILENCE_MS 90000
#define LIMIT_FILL_AHEAD_BYTES (8 * 1024 * 1024) /* written to its file before the system is told to put them on the disk */
#define LIMIT_READER_SILENCE_MS 120000           /* without a batch before it is held */

/* The reader's cage */
#define LIMIT_READER_MEMORY_BYTES (UINT64_C(512) << 20) /* address space; real feeds take 70 MiB, the largest records 80 */
#define LIMIT_READER_CPU_SECONDS 600                    /* and one more for each … */
#define LIMIT_READER_CPU_BYTES (1024 * 1024)            /* … of these in the spool; a slow machine reads ten times as many */

/* Configuration */
#define LIMIT_YAML_BYTES (1024 * 1024)
#define LIMIT_YAML_DEPTH 16
#define LIMIT_YAML_NODES 100000
#define LIMIT_CONFIG_ERRORS 100 /* listed; further ones are counted */

/* Secrets */
#define LIMIT_SECRET_COMMAND_MS 10000 /* for a program that prints one */

/* Hooks */
#define LIMIT_HOOK_MS 30000                     /* for a program that tells people */
#define LIMIT_HOOK_WAIT_MS INT64_C(60000)       /* from one that did not end to its next call, twice as long each time … */
#define LIMIT_HOOK_WAIT_MAX_MS INT64_C(3600000) /* … up to this */
#define LIMIT_NOTICES_MS 60000                  /* after which one process begins no further notice */
#define LIMIT_AFTERMATH_MS \
	120000 /* what a run may take when it has ended: metrics, notices with a last hook, waits for the store */

/* Schedules */
#define LIMIT_MISSED_MS (15 * 60 * 1000)      /* a run that has not come this long after it was to start is missing */
#define LIMIT_MISSED_PAUSE_MS (5 * 60 * 1000) /* between two looks for them */

/* Tokens */
#define LIMIT_TOKEN_TIMEOUT_MS 30000               /* for one to be given */
#define LIMIT_TOKEN_BYTES ((size_t)64 * 1024)      /* of the answer that has it */
#define LIMIT_TOKEN_HEAD_BYTES ((size_t)64 * 1024) /* of that answer's head */

/* The store */
#define LIMIT_COMPLAINTS_KEPT 1000               /* rows per code and run; totals stay true */
#define LIMIT_STORE_WAIT_MS 60000                /* for another program's lock on the store */
#define LIMIT_TURN_WAIT_MS (15 * 60 * 1000)      /* for each run that asked for the write lock before */
#define LIMIT_STORE_LOG_BYTES (64 * 1024 * 1024) /* of the write-ahead log when nothing needs it any more */
#define LIMIT_STORE_LOG_PAGES 512                /* after which it is brought into the database: 8 MiB */
#define LIMIT_PRUNED_ROWS 100000                 /* taken from the ledger's logs after a run, beside twice what the run added */
#define LIMIT_PRUNED_CATEGORY_IDS 2000           /* looked at after a run, beside four for each product that the run changed */
#define LIMIT_LEASE_MS 60000                     /* a lease heals this long after its last sign of life */
#define LIMIT_DUE_STARTS 3 /* of one due instant whose runs are stopped or die, though its job allows fewer attempts */
