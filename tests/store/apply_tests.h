/* The groups of tests of the applying half of the store; each returns how many failed. */
#pragma once

int counts_tests(void);
int figures_tests(void);
int apply_parts_tests(void);
int apply_sku_tests(void);
int apply_missing_tests(void);
int apply_policy_tests(void);
int apply_presence_tests(void);
int apply_product_tests(void);
int apply_ahead_tests(void);
int apply_bulk_tests(void);
int apply_category_tests(void);
int id_filter_tests(void);
int journal_tests(void);
int apply_item_part_tests(void);
int apply_field_tests(void);
int apply_run_tests(void);
int apply_known_tests(void);
int known_set_tests(void);
int apply_history_tests(void);
int apply_policy_history_tests(void);
int undo_tests(void);
int undo_history_tests(void);
