/* Feeds made by chance from a seed: the same seed gives the same feed. */
#pragma once

#include "apply_support.h"

/* Numbers that only depend on where they start. */
struct chance {
	uint64_t state;
	bool is_plain; /* see struct random_options */
};

uint64_t chance_next(struct chance *chance);
unsigned chance_below(struct chance *chance, unsigned limit);
bool chance_percent(struct chance *chance, unsigned percent);

/* A feed is a list of seeds, one a record, so that the next one can be like it but for a few. */
#define RANDOM_RECORDS_MAX 24

struct random_feed {
	uint64_t seeds[RANDOM_RECORDS_MAX];
	size_t count;
};

/* What the feeds of a history may have in them. */
struct random_options {
	bool rejects;
	bool is_plain; /* no parts, hardly any custom fields, few SKUs that wait for the end of the feed */
};

void random_feed_first(struct chance *chance, struct random_feed *ret_feed);
void random_feed_next(struct chance *chance, struct random_feed *feed);
/* The end of each record has a fingerprint, made from its seed. */
void random_feed_build(const struct random_feed *random, const struct random_options *options, struct feed *ret_feed);

/* Policies of any kind for one of two jobs, which may take over from the other. */
extern const char *const random_jobs[2];
struct run_options random_run_options(struct chance *chance, const char *catalog, size_t job);
