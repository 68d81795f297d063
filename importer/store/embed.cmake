# Turns SQL files into one C source: '001-store.sql' becomes the string schema_001_store.
#
# Usage: cmake -D OUTPUT=FILE.c -D "INPUTS=A.sql;B.sql" -P embed.cmake
set(source "/* Made from schema/sqlite by embed.cmake. */\n#include \"store/sqlite/schema_sql.h\"\n")
foreach(input IN LISTS INPUTS)
	get_filename_component(name "${input}" NAME_WE)
	string(MAKE_C_IDENTIFIER "schema_${name}" name)
	file(READ "${input}" text)
	string(REPLACE "\\" "\\\\" text "${text}")
	string(REPLACE "\"" "\\\"" text "${text}")
	string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
	string(APPEND source "\nconst char ${name}[] =\n\t\"${text}\";\n")
endforeach()
file(WRITE "${OUTPUT}" "${source}")
