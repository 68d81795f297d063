/* Runs every group of tests of secret. */
#include "tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	failed += run_crypto_tests();
	failed += run_vault_tests();
	failed += run_vault_damage_tests();
	failed += run_vault_kill_tests();
	failed += run_resolver_tests();
	failed += run_mask_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
