/* The program as it is shipped. */
#include "cli/program.h"
#include "run/reader.h"

int main(int argc, char **argv)
{
	const struct program program = {.read = reader_main, .clock = clock_system()};

	return program_main(&program, argc, argv);
}
