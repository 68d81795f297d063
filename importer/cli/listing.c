/* What the listing commands share. */
#include "cli/listing.h"

#include "base/number.h"
#include "store/retention.h"

int listing_filters(const struct invocation *invocation, enum store_list list, struct store_selection *ret_selection)
{
	const char *limit = invocation->options[OPTION_LIMIT];

	*ret_selection = (struct store_selection){
		.list = list,
		.catalog = invocation->options[OPTION_CATALOG],
		.job = invocation->options[OPTION_JOB],
		.status = invocation->options[OPTION_STATUS],
		.product_id = invocation->options[OPTION_PRODUCT],
		.category_id = invocation->options[OPTION_CATEGORY],
		.code = invocation->options[OPTION_CODE],
	};
	if (limit && !number_parse_integer(slice_from(limit), 1, INT64_MAX, &ret_selection->limit))
		return command_usage(invocation, "'%s' is no value of '--limit': a number from 1", limit);
	return EXIT_DONE;
}

int listing_open(const struct invocation *invocation, struct setting *ret_setting, struct store **ret_store)
{
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, ret_setting);

	if (status != EXIT_DONE)
		return status;
	if (store_open(ret_setting->store, STORE_READ, ret_store, &err) == 0)
		return EXIT_DONE;
	setting_release(ret_setting);
	return command_fail(invocation, &err);
}

void listing_close(struct setting *setting, struct store *store)
{
	store_close(store);
	setting_release(setting);
}

void listing_tell_gone(const struct invocation *invocation, struct store *store, const struct store_selection *selection)
{
	struct error ignored = ERROR_INIT;

	if (store_log_is_gone(store, selection->run_id, selection->list, &ignored) > 0)
		fprintf(invocation->errors,
		        "feedmill: the %s of run %lld are kept no longer: see 'keep' in feedmill.yaml(5); their numbers: feedmill show %lld\n",
		        selection->list == STORE_LIST_CHANGES ? "changes" : "complaints", (long long)selection->run_id,
		        (long long)selection->run_id);
}

int listing_print(const struct invocation *invocation, struct store *store, const struct store_selection *selection)
{
	struct output output;
	struct error err = ERROR_INIT;

	output_init(&output, invocation, selection->id != NULL || (selection->list == STORE_LIST_RUNS && selection->run_id > 0));
	int result = store_select(store, selection, output_sink(&output), &err);
	output_finish(&output);
	if (result == 0 && selection->id && output.row_count == 0)
		result = error_set(&err, ERROR_NOT_FOUND, "there is no item '%s' in the store", selection->id);
	return result < 0 ? command_fail(invocation, &err) : EXIT_DONE;
}
