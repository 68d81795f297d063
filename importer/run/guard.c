/* Guards: figures of a plan against the limits of its job. */
#include "run/guard.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define SHARE_WHOLE INT64_C(10000) /* shares are hundredths of a percent */

/* What the guards look at. */
struct plan {
	const struct guards_policy *policy;
	const struct run_counts *counts;
	struct guard_report *report;
};

const char *guard_verdict_name(enum guard_verdict verdict)
{
	static const char *const names[] = {
		[GUARD_PASS] = "pass", [GUARD_REPORT] = "report", [GUARD_HOLD] = "hold", [GUARD_FAIL] = "fail"};

	assert((size_t)verdict < sizeof(names) / sizeof(names[0]));
	return names[verdict];
}

void guard_report_add(struct guard_report *report, const struct guard_finding *finding)
{
	if (finding->verdict > report->verdict)
		report->verdict = finding->verdict;
	if (report->count < GUARD_FINDINGS_MAX)
		report->findings[report->count++] = *finding;
}

const struct guard_finding *guard_report_worst(const struct guard_report *report)
{
	for (size_t index = 0; index < report->count; index++)
		if (report->findings[index].verdict == report->verdict)
			return &report->findings[index];
	return NULL;
}

/* Findings */

static struct guard_finding finding_of(const struct plan *plan, enum guard_kind kind)
{
	static const enum guard_verdict verdicts[GUARD_ACTION_COUNT] = {
		[GUARD_ACTION_HOLD] = GUARD_HOLD, [GUARD_ACTION_FAIL] = GUARD_FAIL, [GUARD_ACTION_REPORT] = GUARD_REPORT};

	return (struct guard_finding){
		.guard = guard_name(kind),
		.verdict = verdicts[plan->policy->guards[kind].action],
	};
}

static void say(struct guard_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct guard_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(finding->message, sizeof(finding->message), format, arguments); /* all of them fit */
	va_end(arguments);
}

struct share_text {
	char text[32];
};

/* 4120 as '41.2 %'. */
static struct share_text show_share(int64_t share)
{
	struct share_text shown;
	const int size = snprintf(shown.text, sizeof(shown.text), "%" PRId64, share / 100);
	const int64_t rest = share % 100;

	if (rest > 0)
		(void)snprintf(shown.text + size, sizeof(shown.text) - (size_t)size,
		               rest % 10 > 0 ? ".%02" PRId64 " %%" : ".%" PRId64 " %%", rest % 10 > 0 ? rest : rest / 10);
	else
		(void)snprintf(shown.text + size, sizeof(shown.text) - (size_t)size, " %%");
	return shown;
}

/* Cut, so that 99.99 % never reads as all. Counts are far below 2^63 / 10000. */
static int64_t share_of(int64_t number, int64_t base)
{
	return base > 0 ? number * SHARE_WHOLE / base : 0;
}

static bool reaches_share(int64_t number, int64_t base, int64_t share)
{
	return number * SHARE_WHOLE >= share * base;
}

/* The smallest number that a guard with 'percent' and 'count' does not let pass. */
static int64_t limit_of(const struct guard_policy *limits, int64_t base)
{
	const int64_t by_share = (limits->limits[GUARD_LIMIT_PERCENT] * base + SHARE_WHOLE - 1) / SHARE_WHOLE;
	const int64_t count = limits->limits[GUARD_LIMIT_COUNT];

	return by_share > count ? by_share : count;
}

static bool reaches_both(const struct guard_policy *limits, int64_t number, int64_t base)
{
	return number >= limits->limits[GUARD_LIMIT_COUNT] && reaches_share(number, base, limits->limits[GUARD_LIMIT_PERCENT]);
}

#define SHARE(share) (show_share(share).text)

/* '…: 412 of 1000 SKUs are absent (41.2 %; the limit is 10 % and 10)' */
static void say_share(struct guard_finding *finding, const struct guard_policy *limits, int64_t base, const char *what)
{
	const int64_t count = limits->limits[GUARD_LIMIT_COUNT];
	const int64_t percent = limits->limits[GUARD_LIMIT_PERCENT];

	finding->limit = limit_of(limits, base);
	say(finding, "%" PRId64 " of %" PRId64 " %s (%s; the limit is %s and %" PRId64 ")", finding->figure, base, what,
	    SHARE(share_of(finding->figure, base)), SHARE(percent), count);
}

/* The feed itself */

/* A feed of nothing is whole, and empties the catalogue. */
/* Categories are no records, and a feed of theirs alone is no empty one: where the job has no goods, it has none to lose. */
static bool is_of_categories(const struct run_counts *counts)
{
	return counts->kinds[ITEM_CATEGORY].stated > 0 && counts->stock[ITEM_PRODUCT].before == 0 &&
	       counts->stock[ITEM_SKU].before == 0;
}

static void judge_records(const struct plan *plan)
{
	struct guard_finding finding = finding_of(plan, GUARD_RECORDS);

	finding.figure = plan->counts->records.read;
	finding.limit = plan->policy->guards[GUARD_RECORDS].limits[GUARD_LIMIT_MIN];
	if (finding.figure >= finding.limit || (finding.limit == 1 && is_of_categories(plan->counts)))
		return;
	say(&finding, "the feed has %" PRId64 " records (at least %" PRId64 " are expected)", finding.figure, finding.limit);
	guard_report_add(plan->report, &finding);
}

static void judge_undone_feed(const struct plan *plan)
{
	struct guard_finding finding = finding_of(plan, GUARD_UNDONE_FEED);

	finding.figure = plan->report->figures.undone_run_id;
	if (finding.figure == 0)
		return;
	say(&finding, "this is the feed of run %" PRId64 ", which was undone", finding.figure);
	guard_report_add(plan->report, &finding);
}

static void judge_rejected(const struct plan *plan)
{
	const struct guard_policy *limits = &plan->policy->guards[GUARD_REJECTED];
	const int64_t read = plan->counts->records.read;
	struct guard_finding finding = finding_of(plan, GUARD_REJECTED);

	finding.figure = plan->counts->records.rejected;
	if (finding.figure == 0 || (finding.figure < read && !reaches_both(limits, finding.figure, read)))
		return;
	say_share(&finding, limits, read, "records are rejected");
	guard_report_add(plan->report, &finding);
}

static void judge_conflicting(const struct plan *plan)
{
	const struct guard_policy *limits = &plan->policy->guards[GUARD_CONFLICTING];
	const struct kind_counts *skus = &plan->counts->kinds[ITEM_SKU];
	struct guard_finding finding = finding_of(plan, GUARD_CONFLICTING);

	finding.figure = skus->conflicting;
	if (finding.figure == 0 || !reaches_both(limits, finding.figure, skus->stated))
		return;
	say_share(&finding, limits, skus->stated, "statements of SKUs repeat an id with other content");
	guard_report_add(plan->report, &finding);
}

/* What is absent */

static const char *plural_of(enum item_kind kind)
{
	return kind == ITEM_SKU ? "SKUs" : item_kind_plural(kind);
}

/* How far what is left lies below the high, where that is too far. */
static bool is_below_high(const struct guard_policy *limits, int64_t present, int64_t high)
{
	const int64_t below = limits->limits[GUARD_LIMIT_BELOW_HIGH];

	return below != GUARD_NO_LIMIT && high - present >= limits->limits[GUARD_LIMIT_COUNT] &&
	       (high - present) * SHARE_WHOLE > below * high;
}

/* True where the kind was found to lose too much. */
static bool judge_removed_kind(const struct plan *plan, enum item_kind kind)
{
	const struct guard_policy *limits = &plan->policy->guards[GUARD_REMOVED];
	const struct store_figures *figures = &plan->report->figures;
	const int64_t absent = figures->absent[kind];
	const int64_t before = absent + figures->stayed[kind];
	const int64_t high = figures->high[kind];
	const int64_t most = limits->limits[GUARD_LIMIT_MAX];
	struct guard_finding finding = finding_of(plan, GUARD_REMOVED);

	if (absent == 0)
		return false;
	finding.figure = absent;
	/* Where SKUs stay, a few products are but grouped in another way. */
	if (absent == before && (kind == ITEM_SKU || figures->stayed[ITEM_SKU] == 0)) {
		finding.limit = before;
		say(&finding, "all %" PRId64 " %s are absent from the feed", before, plural_of(kind));
	} else if (reaches_both(limits, absent, before)) {
		say_share(&finding, limits, before,
		          kind == ITEM_SKU ? "SKUs are absent from the feed" : "products are absent from the feed");
	} else if (most != GUARD_NO_LIMIT && absent >= most) {
		finding.limit = most;
		say(&finding, "%" PRId64 " %s are absent from the feed (the limit is %" PRId64 ")", absent, plural_of(kind), most);
	} else if (is_below_high(limits, figures->present[kind], high)) {
		finding.figure = figures->present[kind];
		finding.limit = high - high * limits->limits[GUARD_LIMIT_BELOW_HIGH] / SHARE_WHOLE;
		say(&finding, "%" PRId64 " %s would be left, %s below the %" PRId64 " of the last seven days (the limit is %s)",
		    finding.figure, plural_of(kind), SHARE(share_of(high - finding.figure, high)), high,
		    SHARE(limits->limits[GUARD_LIMIT_BELOW_HIGH]));
	} else {
		return false;
	}
	guard_report_add(plan->report, &finding);
	return true;
}

/* Most products are one SKU: they are told where the SKUs are not. */
static void judge_removed(const struct plan *plan)
{
	if (!judge_removed_kind(plan, ITEM_SKU))
		(void)judge_removed_kind(plan, ITEM_PRODUCT);
}

static void judge_ids(const struct plan *plan)
{
	const struct guard_policy *limits = &plan->policy->guards[GUARD_IDS];
	const struct store_figures *figures = &plan->report->figures;
	const int64_t created = plan->counts->kinds[ITEM_SKU].created;
	struct guard_finding finding = finding_of(plan, GUARD_IDS);

	finding.figure = figures->absent[ITEM_SKU];
	const int64_t before = finding.figure + figures->stayed[ITEM_SKU];
	if (!reaches_both(limits, finding.figure, before) || created < finding.figure)
		return;
	finding.limit = limit_of(limits, before);
	say(&finding,
	    "%" PRId64 " of %" PRId64 " SKUs are absent from the feed, and %" PRId64 " new ones came: their ids may have changed",
	    finding.figure, before, created);
	guard_report_add(plan->report, &finding);
}

static void judge_groups(const struct plan *plan, enum guard_kind kind, const struct group_figures *groups)
{
	const struct guard_policy *limits = &plan->policy->guards[kind];

	for (size_t index = 0; index < groups->count; index++) {
		const struct group_figure *group = &groups->groups[index];
		struct guard_finding finding = finding_of(plan, kind);

		if (group->name[0] != '\0')
			(void)snprintf(finding.subject, sizeof(finding.subject), "%s (%s)", group->name, group->id);
		else
			(void)snprintf(finding.subject, sizeof(finding.subject), "%s", group->id);
		finding.figure = group->absent;
		say_share(&finding, limits, group->before, "SKUs are absent from the feed");
		guard_report_add(plan->report, &finding);
	}
	const int64_t untold = groups->total - (int64_t)groups->count;
	if (untold > 0) {
		struct guard_finding finding = finding_of(plan, kind);

		finding.figure = untold;
		say(&finding, "%" PRId64 " more lose as much", untold);
		guard_report_add(plan->report, &finding);
	}
}

/* Values of what stays */

static int64_t stayed_by_name(const struct plan *plan)
{
	const struct kind_counts *skus = &plan->counts->kinds[ITEM_SKU];

	return skus->updated + skus->unchanged;
}

static void judge_prices(const struct plan *plan)
{
	const struct guard_policy *limits = &plan->policy->guards[GUARD_PRICES];
	const struct store_figures *figures = &plan->report->figures;
	struct guard_finding finding = finding_of(plan, GUARD_PRICES);
	char what[96];

	if (figures->prices_lost >= limits->limits[GUARD_LIMIT_COUNT] && !figures->has_prices) {
		finding.figure = figures->prices_lost;
		finding.limit = limits->limits[GUARD_LIMIT_COUNT];
		say(&finding, "no SKU that stays has a price above zero any more: %" PRId64 " had one", finding.figure);
		guard_report_add(plan->report, &finding);
		return;
	}
	finding.figure = figures->prices_changed;
	if (figures->prices_changed == FIGURE_UNKNOWN || !reaches_both(limits, finding.figure, stayed_by_name(plan)))
		return;
	(void)snprintf(what, sizeof(what), "SKUs lose their price, or it changes by more than %s",
	               SHARE(limits->limits[GUARD_LIMIT_CHANGE]));
	say_share(&finding, limits, stayed_by_name(plan), what);
	guard_report_add(plan->report, &finding);
}

static void judge_currency(const struct plan *plan)
{
	const struct guard_policy *limits = &plan->policy->guards[GUARD_CURRENCY];
	struct guard_finding finding = finding_of(plan, GUARD_CURRENCY);

	finding.figure = plan->report->figures.currencies_changed;
	if (finding.figure == FIGURE_UNKNOWN || !reaches_both(limits, finding.figure, stayed_by_name(plan)))
		return;
	say_share(&finding, limits, stayed_by_name(plan), "SKUs change their currency");
	guard_report_add(plan->report, &finding);
}

static void judge_out_of_stock(const struct plan *plan)
{
	struct guard_finding finding = finding_of(plan, GUARD_OUT_OF_STOCK);

	finding.figure = plan->report->figures.out_of_stock;
	finding.limit = plan->policy->guards[GUARD_OUT_OF_STOCK].limits[GUARD_LIMIT_COUNT];
	if (finding.figure < finding.limit || plan->report->figures.has_stock)
		return;
	say(&finding, "no SKU that stays is in stock any more: %" PRId64 " were", finding.figure);
	guard_report_add(plan->report, &finding);
}

static void judge_by_category(const struct plan *plan)
{
	judge_groups(plan, GUARD_REMOVED_BY_CATEGORY, &plan->report->figures.categories);
}

static void judge_by_brand(const struct plan *plan)
{
	judge_groups(plan, GUARD_REMOVED_BY_BRAND, &plan->report->figures.brands);
}

void guard_judge(const struct guards_policy *policy, const struct run_counts *counts, struct guard_report *report)
{
	static void (*const judges[GUARD_KIND_COUNT])(const struct plan *plan) = {
		[GUARD_RECORDS] = judge_records,
		[GUARD_UNDONE_FEED] = judge_undone_feed,
		[GUARD_REMOVED] = judge_removed,
		[GUARD_IDS] = judge_ids,
		[GUARD_REMOVED_BY_CATEGORY] = judge_by_category,
		[GUARD_REMOVED_BY_BRAND] = judge_by_brand,
		[GUARD_REJECTED] = judge_rejected,
		[GUARD_CONFLICTING] = judge_conflicting,
		[GUARD_PRICES] = judge_prices,
		[GUARD_CURRENCY] = judge_currency,
		[GUARD_OUT_OF_STOCK] = judge_out_of_stock,
	};
	const struct plan plan = {.policy = policy, .counts = counts, .report = report};

	for (enum guard_kind kind = 0; kind < GUARD_KIND_COUNT; kind++)
		if (guards_are_on(policy, kind))
			judges[kind](&plan);
}

static struct group_limits wish_groups(const struct guards_policy *policy, enum guard_kind kind)
{
	return (struct group_limits){
		.is_wished = guards_are_on(policy, kind),
		.percent = policy->guards[kind].limits[GUARD_LIMIT_PERCENT],
		.count = policy->guards[kind].limits[GUARD_LIMIT_COUNT],
	};
}

static int64_t wish_count(const struct guards_policy *policy, enum guard_kind kind)
{
	return guards_are_on(policy, kind) ? policy->guards[kind].limits[GUARD_LIMIT_COUNT] : 0;
}

struct figures_wish guard_wish(const struct guards_policy *policy, const char *feed_sha256)
{
	return (struct figures_wish){
		.high = guards_are_on(policy, GUARD_REMOVED) &&
	                policy->guards[GUARD_REMOVED].limits[GUARD_LIMIT_BELOW_HIGH] != GUARD_NO_LIMIT,
		.categories = wish_groups(policy, GUARD_REMOVED_BY_CATEGORY),
		.brands = wish_groups(policy, GUARD_REMOVED_BY_BRAND),
		.price_count = wish_count(policy, GUARD_PRICES),
		.price_change = policy->guards[GUARD_PRICES].limits[GUARD_LIMIT_CHANGE],
		.currency_count = wish_count(policy, GUARD_CURRENCY),
		.stock_count = wish_count(policy, GUARD_OUT_OF_STOCK),
		.feed_sha256 = guards_are_on(policy, GUARD_UNDONE_FEED) ? feed_sha256 : NULL,
	};
}

int guard_check(const struct job_config *job, struct apply *apply, const char *feed_sha256, struct guard_report *ret_report,
                struct error *err)
{
	const struct figures_wish wish = guard_wish(&job->guards, feed_sha256);

	*ret_report = (struct guard_report){.verdict = GUARD_PASS, .are_off = job->guards.are_off};
	if (apply_figures(apply, &wish, &ret_report->figures, err) < 0)
		return -1;
	guard_judge(&job->guards, apply_counts(apply), ret_report);
	return 0;
}
