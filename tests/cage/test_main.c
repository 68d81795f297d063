/* All tests of importer/cage. */
#include "cage_tests.h"

int main(void)
{
	return cage_tests() + parts_tests() > 0;
}
