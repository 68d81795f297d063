/* All tests of importer/network. */
#include "tests.h"

int main(void)
{
	return run_address_tests() + run_trouble_tests() == 0 ? 0 : 1;
}
