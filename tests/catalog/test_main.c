/* Tests of importer/catalog. */
#include "catalog_tests.h"

int main(void)
{
	return table_tests() + values_tests() + batch_tests() + hostile_tests() + mutation_tests() + known_tests() > 0;
}
