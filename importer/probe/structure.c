/* Choosing the record. */
#include "probe/structure.h"

#include "probe/field_names.h"

#define MEANING_MIN 60 /* a name that means less surely is not counted */
#define BIT(target) (UINT32_C(1) << (target))

/* What a node's own fields add up to: those below it that stand in no further list. */
struct own_fields {
	uint64_t values;  /* in the whole feed */
	uint32_t names;   /* different ones */
	uint32_t targets; /* bits of what their names mean */
};

static void add_name(const struct probe_tree *tree, const struct name_table *names, uint32_t node, struct own_fields *own)
{
	struct field_meaning meanings[FIELD_MEANINGS_MAX];
	const struct probe_node *leaf = &tree->nodes[node];
	uint32_t named = node;

	/* An item of an array is called as the array. */
	while (tree->nodes[named].local == NAME_NONE && tree->nodes[named].parent != PROBE_NONE)
		named = tree->nodes[named].parent;
	const size_t count = field_name_meanings(name_text(names, tree->nodes[named].local), meanings);
	own->names++;
	own->values += leaf->count;
	if (count > 0 && meanings[0].weight >= MEANING_MIN)
		own->targets |= BIT(meanings[0].target);
}

static bool is_leaf(const struct probe_tree *tree, uint32_t node)
{
	return !tree->nodes[node].has_elements;
}

/* `deep`: fields inside single children count too. */
static struct own_fields count_own(const struct probe_tree *tree, const struct name_table *names, uint32_t top, bool deep)
{
	struct own_fields own = {0};
	uint32_t node = tree->nodes[top].first_child;

	while (node != PROBE_NONE && node != top) {
		const bool is_field = tree->nodes[node].is_attribute || is_leaf(tree, node);

		if (is_field)
			add_name(tree, names, node, &own);
		if (!is_field && deep && !probe_tree_is_repeated(tree, node) && tree->nodes[node].first_child != PROBE_NONE) {
			node = tree->nodes[node].first_child;
			continue;
		}
		while (node != top && tree->nodes[node].next_sibling == PROBE_NONE)
			node = tree->nodes[node].parent;
		if (node != top)
			node = tree->nodes[node].next_sibling;
	}
	return own;
}

uint32_t structure_targets(const struct probe_tree *tree, const struct name_table *names, uint32_t node)
{
	return count_own(tree, names, node, true).targets;
}

/* --- the name of the record itself --- */

static bool is_called(const struct probe_tree *tree, const struct name_table *names, uint32_t node, const char *const *words,
                      size_t count)
{
	char bytes[FIELD_NAME_MAX];
	struct slice name;

	while (tree->nodes[node].local == NAME_NONE && tree->nodes[node].parent != PROBE_NONE)
		node = tree->nodes[node].parent;
	name = field_name_fold(name_text(names, tree->nodes[node].local), bytes);
	for (size_t i = 0; i < count; i++) {
		if (slice_starts_with(name, words[i]))
			return true;
	}
	return false;
}

static bool is_called_good(const struct probe_tree *tree, const struct name_table *names, uint32_t node)
{
	static const char *const words[] = {"product",  "produkt", "prodotto",    "producto", "produit", "item",   "offer",
	                                    "article",  "artikel", "good",        "sku",      "listing", "record", "entry",
	                                    "shopitem", "товар",   "предложение", "produs",   "urun",    "termek"};

	return is_called(tree, names, node, words, sizeof(words) / sizeof(words[0]));
}

static bool is_called_section(const struct probe_tree *tree, const struct name_table *names, uint32_t node)
{
	static const char *const words[] = {"categor", "kategor",          "group",     "section",  "rubri",   "gruppe",
	                                    "группа",  "раздел",           "param",     "property", "feature", "attribut",
	                                    "image",   "catalogstructure", "catalogueg"};

	return is_called(tree, names, node, words, sizeof(words) / sizeof(words[0]));
}

/* --- choosing --- */

/* Numbers of digits and not numbers: a long list of little is no match for a short one of much. */
static uint64_t weigh(uint64_t values, uint64_t known)
{
	return (64 - (uint64_t)__builtin_clzll(values | 1)) * (1 + known) * (1 + known) * (1 + known);
}

static uint64_t score_of(const struct probe_tree *tree, const struct name_table *names, uint32_t node)
{
	const bool is_repeated = probe_tree_is_repeated(tree, node);
	const struct own_fields own = count_own(tree, names, node, true);
	uint64_t score = weigh(own.values, (uint64_t)__builtin_popcount(own.targets)) * 16;

	if (own.names < 2)
		return own.values > 0 && is_repeated ? 1 : 0;
	/* A single one may be a record where it has an id itself; a folder of records has none. */
	if (!is_repeated &&
	    (__builtin_popcount(own.targets) < 4 || (count_own(tree, names, node, false).targets & BIT(PROBE_TARGET_ID)) == 0))
		return 0;
	if (!is_repeated)
		score /= 2;
	if (is_called_good(tree, names, node))
		score *= 4;
	if (is_called_section(tree, names, node))
		score /= 4;
	return score + 1;
}

static bool has(uint32_t targets, enum probe_target target)
{
	return (targets & BIT(target)) != 0;
}

/* Is `outer`, which holds lists of `inner`, a product with its variants, and not a section with its goods? */
static bool is_product_of(const struct probe_tree *tree, const struct name_table *names, uint32_t outer, uint32_t inner)
{
	const bool is_repeated = probe_tree_is_repeated(tree, outer);
	const struct own_fields own = count_own(tree, names, outer, is_repeated);
	const uint32_t inner_targets = count_own(tree, names, inner, true).targets;
	const bool has_goods = has(own.targets, PROBE_TARGET_PRICE) || has(own.targets, PROBE_TARGET_IMAGES) ||
	                       has(own.targets, PROBE_TARGET_BRAND);

	/* A path of categories inside a category says nothing that it does not say itself. */
	if (is_repeated && (inner_targets & ~own.targets) == 0 && has(own.targets, PROBE_TARGET_ID) &&
	    has(own.targets, PROBE_TARGET_NAME))
		return true;
	if (own.names < 3 || !(has(own.targets, PROBE_TARGET_ID) || has(own.targets, PROBE_TARGET_NAME)))
		return false;
	if (!is_repeated)
		return has(own.targets, PROBE_TARGET_ID) && has(own.targets, PROBE_TARGET_NAME) && has_goods;
	return has_goods || has(own.targets, PROBE_TARGET_DESCRIPTION) || !has(inner_targets, PROBE_TARGET_NAME) ||
	       !(has(inner_targets, PROBE_TARGET_ID) || has(inner_targets, PROBE_TARGET_PRICE));
}

static bool accepts(struct structure_filter filter, uint32_t node)
{
	return filter.accepts == NULL || filter.accepts(filter.context, node);
}

uint32_t structure_find_record(const struct probe_tree *tree, const struct name_table *names, struct structure_filter filter)
{
	uint32_t best = PROBE_NONE;
	uint64_t best_score = 0;

	for (uint32_t i = 0; i < tree->count; i++) {
		if (tree->nodes[i].is_attribute || !accepts(filter, i) || tree->nodes[i].type == RECORD_ARRAY)
			continue;
		const uint64_t score = score_of(tree, names, i);
		if (score > best_score) {
			best_score = score;
			best = i;
		}
	}
	if (best == PROBE_NONE)
		return PROBE_NONE;
	for (uint32_t outer = tree->nodes[best].parent; outer != PROBE_NONE; outer = tree->nodes[outer].parent) {
		if (tree->nodes[outer].type != RECORD_ARRAY && accepts(filter, outer) && is_product_of(tree, names, outer, best))
			best = outer;
	}
	return best;
}
