/*
 * Records that need not be read again: which selectors have such, and what
 * they are read with beside their own bytes.
 *
 * A record states the same again where its bytes, what the sift puts into its
 * fingerprint (encoding, namespaces around it, the header of a table) and the
 * scope are the same. Never known are
 *   - declarations: they count as no records, and feed values may follow them;
 *   - records with values of the feed or of an ancestor in them, which others
 *     are read with;
 *   - definitions of custom fields and parts: they say something of others;
 *   - records that are complained about, so that all complaints are told;
 *   - elements that several routes lead to: each of those makes a record;
 *   - records read when the feed had many names: their number is limited over
 *     the whole feed, see LIMIT_KNOWN_NAMES.
 * All else that a mapper keeps from record to record only saves time: paths of
 * what no field takes, names, memory. Faults between records are kept for the
 * next one, and told before it where that one is known.
 */
#include "dialect/mapping.h"

static bool may_be_same(struct feed_step left, struct feed_step right)
{
	return (left.local == NAME_NONE || right.local == NAME_NONE || left.local == right.local) &&
	       (left.space == NAME_NONE || right.space == NAME_NONE || left.space == right.space);
}

/* Can an element of the one be around one of the other, or be it? */
static bool may_be_around(const struct feed_selector *outer, const struct feed_selector *selector)
{
	for (size_t i = 0; i < outer->step_count && i < selector->step_count; i++)
		if (!may_be_same(outer->steps[i], selector->steps[i]))
			return false;
	return outer->step_count <= selector->step_count;
}

static bool is_alone(const struct mapper *mapper, size_t route)
{
	const struct feed_selector *selector = &mapper->selectors[route];

	for (size_t i = 0; i < mapper->route_count; i++) {
		const struct feed_selector *other = &mapper->selectors[i];

		if (i != route && may_be_around(other, selector) &&
		    (!other->attributes_only || other->step_count == selector->step_count))
			return false;
	}
	return true;
}

static bool may_be_known(const struct mapper *mapper, size_t index)
{
	const struct route *route = &mapper->routes[index];

	if (route->rule_count == 0 || route->feed_path_count > 0 || route->reset_count > 0)
		return false;
	for (size_t i = 0; i < route->rule_count; i++)
		if (!mapper->dialect->records[route->rules[i]].is_counted)
			return false;
	return is_alone(mapper, index);
}

void known_bind(struct mapper *mapper)
{
	for (size_t i = 0; i < mapper->route_count && mapper->sink.known != NULL; i++)
		mapper->selectors[i].may_be_known = may_be_known(mapper, i);
}

static struct hash128 compute_scope(const struct mapper *mapper)
{
	const struct dialect *dialect = mapper->dialect;
	struct hash128 sum = hash_bytes(slice_from(dialect->name), 0);

	for (size_t i = 0; i < dialect->feed_count; i++) {
		for (size_t k = 0; k < dialect->feeds[i].path_count && !dialect->feeds[i].is_latest; k++)
			sum = hash_chain(sum, mapper->feed_texts[dialect->feeds[i].paths[k]].text);
	}
	for (size_t i = 0; i < mapper->latest_count; i++)
		sum = hash_chain(sum, buffer_slice(&mapper->latest[i].text));
	return sum;
}

struct hash128 mapper_scope(struct mapper *mapper)
{
	if (mapper->dialect == NULL)
		return (struct hash128){.low = 0};
	if (!mapper->is_scope_computed) {
		mapper->scope = compute_scope(mapper);
		mapper->is_scope_computed = true;
	}
	return mapper->scope;
}

int known_take(struct mapper *mapper, struct hash128 fingerprint, uint64_t stream_offset, struct error *err)
{
	mapper->record = NULL;
	mapper->item_count = 0;
	if (fault_emit_before(mapper, stream_offset, err) != 0)
		return -1;
	mapper->is_feed_frozen = true;
	mapper->ordinal++;
	mapper->counts.records++;
	mapper->counts.mapped++;
	mapper->counts.known++;
	return mapper->sink.known(mapper->sink.context, mapper->ordinal, stream_offset, fingerprint, err);
}

const struct hash128 *known_fingerprint(const struct mapper *mapper)
{
	if (mapper->names->count > LIMIT_KNOWN_NAMES || mapper->complaint_count > 0)
		return NULL;
	for (size_t i = 0; i < mapper->item_count; i++)
		if (mapper->items[i].is_rejected || mapper->items[i].rule->role != RECORD_OF_ITEM)
			return NULL;
	return mapper->record->fingerprint;
}
