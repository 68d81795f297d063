/* Tests of importer/store. */
#include "apply_tests.h"
#include "store_tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	failed += open_tests();
	failed += rights_tests();
	failed += journal_tests();
	failed += lease_tests();
	failed += turn_tests();
	failed += ledger_tests();
	failed += due_tests();
	failed += held_tests();
	failed += job_rename_tests();
	failed += hook_state_tests();
	failed += job_state_tests();
	failed += memory_tests();
	failed += retention_tests();
	failed += views_tests();
	failed += select_tests();
	failed += counts_tests();
	failed += figures_tests();
	failed += apply_parts_tests();
	failed += id_filter_tests();
	failed += apply_ahead_tests();
	failed += apply_bulk_tests();
	failed += apply_sku_tests();
	failed += apply_missing_tests();
	failed += apply_policy_tests();
	failed += apply_presence_tests();
	failed += apply_product_tests();
	failed += apply_category_tests();
	failed += apply_item_part_tests();
	failed += apply_field_tests();
	failed += apply_run_tests();
	failed += known_set_tests();
	failed += apply_known_tests();
	failed += apply_history_tests();
	failed += apply_policy_history_tests();
	failed += undo_tests();
	failed += undo_history_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
