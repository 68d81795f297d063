/* Tests of the dialects: their language, and the mapping of records. */
#include "support.h"

int main(void)
{
	int failed = 0;

	failed += run_path_tests();
	failed += run_path_json_tests();
	failed += run_table_tests();
	failed += run_nested_tests();
	failed += run_feed_value_tests();
	failed += run_unknown_tests();
	failed += run_html_tests();
	failed += run_quote_tests();
	failed += run_transform_tests();
	failed += run_value_tests();
	failed += run_list_tests();
	failed += run_json_value_tests();
	failed += run_compile_value_tests();
	failed += run_compile_tests();
	failed += run_text_tests();
	failed += run_recognise_tests();
	failed += run_mapper_tests();
	failed += run_price_tests();
	failed += run_complaint_tests();
	failed += run_extra_tests();
	failed += run_memory_tests();
	failed += run_fixture_tests();
	failed += run_known_tests();
	return failed;
}
